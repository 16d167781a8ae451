package zktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// greet answers the first frame of a connection: it opens a session, or takes one up again.
func (c *conn) greet(frame []byte) {
	d := &decoder{buf: frame}
	d.int32() // the protocol's version, of which there is one
	seen, timeout, session := d.int64(), d.int32(), d.int64()
	password := d.buffer()
	if d.bad {
		c.close()
		return
	}
	c.readOnly = len(d.buf) > 0
	c.count(OpConnect)
	if c.muteNow() {
		return // nothing that this client sends will ever be looked at
	}
	if seen > c.m.tree.zxid {
		c.close() // the client knows more than this member; it must go elsewhere
		return
	}
	tick := int32(c.s.opt.tick.Milliseconds())
	c.timeout = min(max(timeout, 2*tick), 20*tick)
	c.extend()
	if f, ok := c.takeFailure(OpConnect); ok {
		defer close(f.done)
		if f.code == SessionExpired {
			c.finishGreeting(false)
		} else {
			c.close()
		}
		return
	}
	if session == 0 {
		c.session = c.m.nextSession
		c.m.nextSession++
		if c.m.role == leading {
			c.m.reign.tracker.track(c.session, c.timeout)
			c.m.reign.armExpiry()
		}
		c.dispatch(&request{conn: c, session: c.session, op: OpCreateSession, timeout: c.timeout, came: time.Now()})
		return
	}
	for _, old := range c.m.connsOf(session) {
		old.close()
	}
	c.session = session
	if !bytes.Equal(password, c.s.password(session)) {
		c.finishGreeting(false)
		return
	}
	c.m.revalidate(c)
}

// finishGreeting tells the client which session it has. A session that is no more has the number 0, and the
// connection ends.
func (c *conn) finishGreeting(valid bool) {
	if c.gone {
		return
	}
	if done := c.takeLoss(OpConnect); done != nil {
		c.reset()
		close(done)
		return
	}
	e := newEncoder()
	e.int32(0)
	if valid {
		e.int32(c.timeout)
		e.int64(c.session)
		e.buffer(c.s.password(c.session))
	} else {
		e.int32(0)
		e.int64(0)
		e.buffer(make([]byte, 16))
	}
	if c.readOnly {
		e.bool(false)
	}
	c.send(e.frame())
	if !valid {
		c.close()
		return
	}
	c.attached = true
	c.pump()
}

// password is what a client needs to take a session up again. It depends on nothing but the session and the
// server, so every member knows it.
func (s *Server) password(session int64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(session))
	binary.BigEndian.PutUint64(b[8:], s.opt.seed)
	sum := sha256.Sum256(b[:])
	return sum[:16]
}
