package zktest

import (
	"net"
	"slices"
	"time"
)

// conn is a client's connection at a member. Everything in it is guarded by the server's mutex.
type conn struct {
	s      *Server
	m      *Member
	client *Client
	number int
	wire   wire
	scopes []*Faults // whose faults apply: the client's, the member's, the server's

	inbox  [][]byte // frames that have come and not been looked at
	eof    bool     // nothing comes after inbox
	out    []byte   // what is held up on its way to the client
	ending bool     // close once out is gone
	abort  bool     // close as a reset, out or no out
	gone   bool     // the member has forgotten it

	greeted   bool // the handshake's request has been taken
	attached  bool // a session is established
	readOnly  bool // the client sent the trailing byte, so it gets one
	session   int64
	timeout   int32
	ids       []identity
	pending   []*request // the head waits for its transaction, the others for the head
	lastOut   time.Time  // when the latest delayed reply goes out
	stats     connStats
	connected time.Time
	expires   time.Time // when the member gives a silent connection up
}

// wire is the transport below a connection: TCP, or the far end of one in memory. Its methods are called with the
// server's mutex held and never block.
type wire interface {
	send(b []byte)
	close() // after what has been sent
	reset() // at once, and so that the client sees an error
	remote() net.Addr
}

// connect makes a connection of a wire.
func (s *Server) connect(m *Member, client *Client, w wire) *conn {
	s.connNumber++
	c := &conn{s: s, m: m, client: client, wire: w, number: s.connNumber, connected: time.Now()}
	if client != nil {
		c.scopes = append(c.scopes, &client.Faults)
	}
	c.scopes = append(c.scopes, &m.Faults, &s.Faults)
	c.ids = []identity{{"ip", hostOf(w.remote())}}
	m.conns = append(m.conns, c)
	s.open[c] = true
	c.timeout = int32(silence.Milliseconds())
	c.extend()
	c.watchSilence()
	return c
}

// silence is how long a connection may take to say which session it is for, and the grid on which members close
// connections from which nothing comes.
const silence = 10 * time.Second

// extend lets the connection be silent for its timeout from now on.
func (c *conn) extend() {
	origin := c.m.gridOrigin
	idle := time.Since(origin) + time.Duration(c.timeout)*time.Millisecond
	c.expires = origin.Add((idle/silence + 1) * silence)
}

// watchSilence closes the connection when it has been silent for too long.
func (c *conn) watchSilence() {
	c.m.at(c.expires, func() {
		switch {
		case c.gone:
		case time.Now().Before(c.expires):
			c.watchSilence()
		default:
			c.close()
		}
	})
}

// arrive takes a frame that has come in.
func (c *conn) arrive(frame []byte) {
	c.inbox = append(c.inbox, frame)
	c.pump()
}

// hangUp notes that nothing more comes in.
func (c *conn) hangUp() {
	c.eof = true
	c.pump()
}

// held reports whether nothing gets through to or from the client.
func (c *conn) held() bool {
	return slices.ContainsFunc(c.scopes, func(f *Faults) bool { return f.cut || f.frozen })
}

// pump handles what has come, unless something holds it up. Without a session nothing after the handshake is
// looked at.
func (c *conn) pump() {
	for len(c.inbox) > 0 && !c.held() && !c.gone && (c.attached || !c.greeted) {
		frame := c.inbox[0]
		c.inbox = shift(c.inbox)
		c.handle(frame)
	}
	if c.eof && len(c.inbox) == 0 && !c.held() {
		c.close()
	}
}

func (c *conn) handle(frame []byte) {
	c.stats.received++
	c.m.stats.received++
	c.extend()
	switch {
	case !c.greeted && len(frame) == 4 && isWord(string(frame)):
		c.eof = true // nothing more is read
		c.send([]byte(c.m.word(string(frame))))
		c.close()
	case !c.m.serving():
		c.close()
	case !c.greeted:
		c.greeted = true
		c.greet(frame)
	default:
		c.receive(frame)
	}
}

// send queues bytes for the client, after the delay that is set for it.
func (c *conn) send(b []byte) {
	if c.gone {
		return
	}
	c.stats.sent++
	c.m.stats.sent++
	var delay time.Duration
	for _, f := range c.scopes {
		delay += f.delay
	}
	at := time.Now().Add(delay)
	if delay == 0 && !at.Before(c.lastOut) {
		c.queue(b)
		return
	}
	if !at.After(c.lastOut) {
		at = c.lastOut.Add(1)
	}
	c.lastOut = at
	c.s.at(at, func() { c.queue(b) })
}

func (c *conn) queue(b []byte) {
	if len(c.out) == 0 {
		c.out = b
	} else {
		c.out = append(c.out, b...)
	}
	c.flush()
}

// close ends the connection after what has been sent. The session lives on.
func (c *conn) close() {
	if !c.forget() {
		return
	}
	if now := time.Now(); c.lastOut.After(now) {
		c.s.at(c.lastOut.Add(1), func() { c.ending = true; c.flush() })
		return
	}
	c.ending = true
	c.flush()
}

// reset ends the connection and everything on its way to the client.
func (c *conn) reset() {
	c.forget()
	c.abort = true
	c.flush()
}

// flush passes on what goes out, unless it is held up.
func (c *conn) flush() {
	if !c.s.open[c] || c.held() && !c.s.closed {
		return
	}
	if c.abort {
		delete(c.s.open, c)
		c.wire.reset()
		return
	}
	if len(c.out) > 0 {
		c.wire.send(c.out)
		c.out = nil
	}
	if c.ending || c.s.closed {
		delete(c.s.open, c)
		c.wire.close()
	}
}

func (c *conn) forget() bool {
	if c.gone {
		return false
	}
	c.gone = true
	for _, q := range c.pending {
		q.tell()
	}
	c.inbox, c.pending = nil, nil
	c.m.data.drop(c)
	c.m.kids.drop(c)
	c.m.conns = slices.DeleteFunc(c.m.conns, func(o *conn) bool { return o == c })
	return true
}

func hostOf(addr net.Addr) string {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return host
}
