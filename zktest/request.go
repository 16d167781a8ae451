package zktest

import "time"

// request is one request of a client on its way through a member and, if it writes, through the leader.
type request struct {
	conn    *conn
	session int64
	xid     int32
	op      Op
	body    []byte
	ids     []identity
	came    time.Time
	timeout int32 // of a new session

	code      Code            // decided before it could be executed
	lose      bool            // LoseNextReply has picked it
	struck    []chan struct{} // to close when the faults that have picked it have struck
	waits     bool            // for its transaction, or for a sync to come back
	committed bool            // which has happened
	results   []result        // of the transaction

}

// write is what a request that changes the tree asks for: alone, or as one operation of a multi.
type write struct {
	op      Op
	path    string
	noPath  bool // the client sent none, which for some is a bad path and for others a malformed request
	data    []byte
	acl     []ACL
	flags   int32
	ttl     int64
	version int32
}

// decodeWrite reads the body of a request that changes the tree.
func decodeWrite(op Op, d *decoder) (write, bool) {
	w := write{op: op, ttl: -1}
	path, ok := d.optional()
	w.path, w.noPath = path, !ok
	switch op {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL:
		w.data = d.buffer()
		w.acl = d.acls()
		w.flags = d.int32()
		if op == OpCreateTTL {
			w.ttl = d.int64()
		}
	case OpSetData:
		w.data = d.buffer()
		w.version = d.int32()
	case OpSetACL:
		w.acl = d.acls()
		w.version = d.int32()
	case OpDelete, OpCheck:
		w.version = d.int32()
	default:
		d.bad = true
	}
	if w.noPath && op != OpSetData && op != OpSetACL && op != OpCheck {
		d.bad = true
	}
	return w, !d.bad
}

// decodeMulti reads the operations of a multi or a multiRead. All of them must be of one kind.
func decodeMulti(body []byte) (ops []write, ok bool) {
	d := &decoder{buf: body}
	reads := 0
	for {
		op, done := Op(d.int32()), d.bool()
		d.int32()
		if d.bad {
			return nil, false
		}
		if done {
			return ops, reads == 0 || reads == len(ops)
		}
		var w write
		switch op {
		case OpGetData, OpGetChildren:
			w = write{op: op, path: d.string()}
			d.bool() // a watch, which the original ignores here
			reads++
		case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL, OpDelete, OpSetData, OpCheck:
			w, _ = decodeWrite(op, d)
			w = javaOp(w)
			d.bad = d.bad || w.noPath
		default:
			return nil, false
		}
		if d.bad {
			return nil, false
		}
		ops = append(ops, w)
	}
}

// javaOp gives an operation of a multi the type that its flags ask for, whatever its header says: the
// original forgets that header on reading. A TTL needs a request that carries one.
func javaOp(w write) write {
	mode, hasTTL := createModes[w.flags], w.op == OpCreateTTL
	switch w.op {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL:
		switch {
		case mode.ttl && hasTTL:
			w.op = OpCreateTTL
		case mode.ttl:
			w.op = opError
		case mode.container:
			w.op, w.ttl = OpCreateContainer, -1
		default:
			w.op, w.ttl = OpCreate, -1
		}
	}
	return w
}
