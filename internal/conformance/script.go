package conformance

// script is everything that is asked of a server. It must mean the same on a server that is fresh, whoever runs it.
func script(r *run) {
	r.connect("a", hello{timeout: 40000})
	if r.err != nil {
		return
	}
	for _, part := range []func(*run){
		handshakes, births, paths, creates, deletes, data, children, acls, identities, checks,
		multis, multiReads, watches, persistentWatches, rewatches, removals, ephemerals, sequences, kinds,
		oddRequests, malformed, quotas, farewells,
	} {
		if r.err == nil {
			part(r)
		}
	}
}

// create, set, get and so on are the requests that the script is made of.

func makeNode(path string, data []byte, list []acl, flags int32) body {
	return body(nil).str(path).buf(data).acls(list).i32(flags)
}

func makeTTL(path string, flags int32, ttl int64) body {
	return makeNode(path, []byte("t"), open, flags).i64(ttl)
}

func (r *run) create(as, path string) {
	r.call(as, "create "+path, opCreate, makeNode(path, []byte("d"), open, 0))
}

func (r *run) createAs(as, path string, list []acl, flags int32) {
	r.call(as, "create "+path, opCreate2, makeNode(path, []byte("d"), list, flags))
}

func (r *run) delete(as, path string, version int32) {
	r.call(as, "delete "+path, opDelete, body(nil).str(path).i32(version))
}

func (r *run) set(as, path string, data []byte, version int32) {
	r.call(as, "setData "+path, opSetData, body(nil).str(path).buf(data).i32(version))
}

// look reads a node with one of the requests that take a path and a watch.
func (r *run) look(as, path string, op int32, watch bool) {
	what := map[int32]string{opExists: "exists ", opGetData: "getData ", opGetChildren: "getChildren ", opGetChildren2: "getChildren2 "}[op]
	if watch {
		what += "with watch "
	}
	r.call(as, what+path, op, body(nil).str(path).flag(watch))
}

func (r *run) get(as, path string)    { r.look(as, path, opGetData, false) }
func (r *run) exists(as, path string) { r.look(as, path, opExists, false) }
func (r *run) list(as, path string)   { r.look(as, path, opGetChildren2, false) }

func (r *run) getACL(as, path string) {
	r.call(as, "getACL "+path, opGetACL, body(nil).str(path))
}

func (r *run) setACL(as, path string, list []acl, version int32) {
	r.call(as, "setACL "+path, opSetACL, body(nil).str(path).acls(list).i32(version))
}

func (r *run) auth(as, scheme, credential string) {
	r.exchange(as, "auth "+scheme, opAuth, -4, body(nil).i32(0).str(scheme).buf([]byte(credential)))
}

// operation is one part of a multi.
type operation struct {
	op   int32
	body body
}

func transaction(ops ...operation) body {
	var b body
	for _, o := range ops {
		b = append(b.i32(o.op).flag(false).i32(-1), o.body...)
	}
	return b.i32(-1).flag(true).i32(-1)
}

func (r *run) multi(as, what string, ops ...operation) {
	r.call(as, "multi: "+what, opMulti, transaction(ops...))
}

func newNode(path string, flags int32) operation {
	return operation{opCreate, makeNode(path, []byte("m"), open, flags)}
}

func setNode(path string, version int32) operation {
	return operation{opSetData, body(nil).str(path).buf([]byte("set")).i32(version)}
}

func dropNode(path string, version int32) operation {
	return operation{opDelete, body(nil).str(path).i32(version)}
}

func checkNode(path string, version int32) operation {
	return operation{opCheck, body(nil).str(path).i32(version)}
}
