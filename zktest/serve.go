package zktest

import (
	"slices"
	"time"
)

// receive takes one request of a session.
func (c *conn) receive(frame []byte) {
	d := &decoder{buf: frame}
	q := &request{conn: c, session: c.session, xid: d.int32(), op: Op(d.int32()), ids: c.ids, came: time.Now()}
	if d.bad {
		c.close()
		return
	}
	q.body = d.buf
	c.count(q.op)
	switch {
	case q.op == OpSetAuth:
		c.authenticate(q)
		return
	case q.op == OpSasl:
		c.answer(q.xid, 0, OK, func(e *encoder) { e.buffer(nil) })
		return
	case !q.op.known():
		c.answer(q.xid, -1, Unimplemented, nil)
		c.close()
		return
	}
	if q.op == OpCreateSession { // from a client that has one: it gets another answer to its handshake
		if q.timeout = d.int32(); d.bad {
			q.code, q.committed = MarshallingError, true
		}
	}
	c.tamper(q)
	if !c.m.touch(c.session, c.timeout) {
		q.tell()
		return // the session has expired; its connection is about to be closed
	}
	c.dispatch(q)
}

// dispatch queues a request behind those of its connection that wait for a transaction, and passes it on if it
// needs one itself.
func (c *conn) dispatch(q *request) {
	q.waits = !q.committed && (q.op.commits() || q.op == OpSync && c.m.role == following)
	if !q.waits && c.m.role == leading && q.code == OK {
		// A leader knows whose session it is, and asks now, not when the request's turn comes.
		if err := c.m.reign.tracker.check(c.session, c.m); err != nil {
			q.code = err.(Code)
		}
	}
	c.pending = append(c.pending, q)
	if q.waits {
		c.m.forward(q)
	}
	c.drain()
}

// drain answers what has its turn.
func (c *conn) drain() {
	for len(c.pending) > 0 && (!c.pending[0].waits || c.pending[0].committed) && !c.gone {
		q := c.pending[0]
		c.pending = shift(c.pending)
		c.finish(q)
	}
}

// finish executes a request, if it has not been already, and answers it.
func (c *conn) finish(q *request) {
	var body func(*encoder)
	code := q.code
	switch {
	case code == OK && q.waits && q.op != OpSync:
		body = q.reply()
	case code == OK:
		body, code = c.m.read(q)
	}
	c.note(q)
	switch {
	case q.lose:
		c.reset()
	case code == SessionMoved:
		c.close()
	case q.op == OpCreateSession && code == OK:
		c.finishGreeting(true)
	case q.op == OpCheck && code == OK:
		// The original has no answer to a successful check outside a multi.
	case q.op == OpPing:
		c.answer(-2, c.m.tree.zxid, OK, nil)
	default:
		c.answer(q.xid, c.m.tree.zxid, code, body)
	}
	if q.op == OpCloseSession {
		c.close()
	}
	q.tell()
}

// answer sends a reply.
func (c *conn) answer(xid int32, zxid int64, code Code, body func(*encoder)) {
	e := newEncoder()
	e.header(xid, zxid, code)
	if body != nil {
		body(e)
	}
	c.send(e.frame())
}

// notify sends a watch event to the client, if it may read the node.
func (c *conn) notify(event eventType, path string, acl []ACL) {
	if !allowed(acl, PermRead, c.ids) {
		return
	}
	e := newEncoder()
	e.header(-1, -1, OK)
	e.int32(int32(event))
	e.int32(3) // the state: connected
	e.string(path)
	c.send(e.frame())
}

// authenticate adds an identity to the connection. It does not wait for its turn.
func (c *conn) authenticate(q *request) {
	d := &decoder{buf: q.body}
	d.int32()
	scheme, _ := d.optional()
	credential := string(d.buffer())
	if d.bad {
		c.close()
		return
	}
	switch scheme {
	case "digest":
		id := digest(credential)
		if id == c.s.opt.super {
			c.identify(identity{"super", ""})
		}
		c.identify(identity{"digest", id})
	case "ip":
		c.identify(identity{"ip", hostOf(c.wire.remote())})
	default:
		c.answer(q.xid, 0, AuthFailed, nil)
		c.close()
		return
	}
	c.answer(q.xid, 0, OK, nil)
}

func (c *conn) identify(id identity) {
	if !slices.Contains(c.ids, id) {
		c.ids = append(slices.Clip(c.ids), id)
	}
}
