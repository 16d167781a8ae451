package conformance

// decode takes a reply's body apart by the type of its request.
func decode(op int32, r *reader) {
	switch op {
	case opCreate, opSync:
		r.path()
	case opCreate2, opCreateContainer, opCreateTTL:
		r.path()
		r.stat()
	case opExists, opSetData, opSetACL:
		r.stat()
	case opGetData:
		r.add("data", "%s", r.buffer())
		r.stat()
	case opGetChildren:
		r.list("names")
	case opGetChildren2:
		r.list("names")
		r.stat()
	case opGetACL:
		r.acls()
		r.stat()
	case opGetEphemerals:
		r.list("paths")
	case opChildrenNumber, opAddWatch:
		r.add("number", "%d", r.i32())
	case opWhoAmI:
		who := map[string]bool{}
		for n := r.i32(); n > 0 && len(r.buf) > 0; n-- {
			who[r.buffer()+" "+r.buffer()] = true
		}
		r.add("who", "%v", who)
	case opMulti, opMultiRead:
		decodeMulti(r)
	case opSasl:
		r.add("token", "%s", r.buffer())
	}
}

func decodeMulti(r *reader) {
	for len(r.buf) > 0 {
		op, done, code := r.i32(), r.take(1), r.i32()
		r.add("op", "%d %v %d", op, done, code)
		if len(done) == 1 && done[0] != 0 {
			return
		}
		switch op {
		case -1:
			r.add("error", "%d", r.i32())
		case opGetData, opGetChildren, opCreate, opCreate2, opSetData:
			decode(op, r)
		}
	}
}
