package dial

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// conn is what the client library takes for a connection to the server that it dialled. In fact that is made only when
// the library has written its connect request and reads the answer: then it is known what to ask for, and the first of
// several servers to answer is the one that all later calls go to.
type conn struct {
	dialer  *Dialer
	network string
	server  string          // the one that was dialled, then the one that answered
	ctx     context.Context // ends with Close, and when the race is won
	cancel  context.CancelFunc

	// Used by one goroutine at a time: the client library starts its reader and its writer after the handshake.
	request []byte
	wire    *wire  // nil until a server has answered
	pending []byte // received and not read yet
	pings   pings
	rewatch rewatch

	mu     sync.Mutex // also of server
	raw    net.Conn   // wire's, for Close
	up     time.Time  // when the session was attached
	closed bool
	held   []string // the servers that it is at, or on its way to
}

// wire is a connection to a server.
type wire struct {
	net.Conn
	raw     net.Conn // the same, without TLS
	secured *secured // nil without TLS
}

func (d *Dialer) newConn(network, server string) *conn {
	c := &conn{dialer: d, network: network, server: server, held: []string{server}}
	c.pings.others = d.created.answered
	c.ctx, c.cancel = context.WithCancel(d.ctx)
	return c
}

func (c *conn) Write(p []byte) (int, error) {
	if c.wire == nil {
		c.request = bytes.Clone(p)
		return len(p), nil
	}
	c.pings.wrote(p)
	c.dialer.created.wrote(p)
	if watches(p) {
		c.dialer.watched.Store(true)
	}
	c.rewatch.wrote(p)
	n, err := c.wire.Write(p)
	return n, c.broken(err)
}

func (c *conn) Read(p []byte) (int, error) {
	if c.wire == nil {
		if err := c.attach(); err != nil {
			return 0, err
		}
	}
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	c.rewatch.wait()
	n, err := c.wire.Read(p)
	if sent := c.pings.read(p[:n]); !sent.IsZero() && c.dialer.opts.Touched != nil {
		c.dialer.opts.Touched(sent, time.Now())
	}
	if c.rewatch.closes.Load() {
		for err == nil { // until the server hangs up, which is the answer
			_, err = c.wire.Read(p)
		}
		n = 0
	}
	return n, c.broken(err)
}

// attach has a server answer the connect request.
func (c *conn) attach() error {
	if c.request == nil {
		return fmt.Errorf("%w: read before the connect request", ErrHandshake)
	}
	a, err := c.race()
	if err != nil && c.dialer.ctx.Err() != nil {
		err = ErrClosed
	}
	if err != nil {
		return c.broken(err)
	}
	c.wire, c.pending = a.wire, a.answer.frames
	if c.dialer.watched.Load() && a.answer.sessionID != 0 {
		c.rewatch.begin()
	}
	c.mu.Lock()
	c.server, c.raw = a.server, a.wire.raw
	if a.answer.sessionID != 0 {
		c.up = a.answer.up
	}
	if c.closed {
		c.raw.Close()
	}
	c.mu.Unlock()
	c.dialer.attached(c, a)
	return nil
}

// hold books that the connection may become one to a server; false if it is booked, or too late.
func (c *conn) hold(server string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || slices.Contains(c.held, server) {
		return false
	}
	c.held = append(c.held, server)
	return true
}

// leave is the opposite of hold.
func (c *conn) leave(server string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := slices.Index(c.held, server); at >= 0 {
		c.held = slices.Delete(c.held, at, at+1)
		c.dialer.opts.Hosts.Leave(server)
	}
}

// Close may be called from any goroutine, and again. It does not say good-bye in TLS, which could block.
func (c *conn) Close() error {
	c.cancel()
	c.mu.Lock()
	server, up, raw, again, held := c.server, c.up, c.raw, c.closed, c.held
	c.closed, c.held = true, nil
	c.mu.Unlock()
	if again {
		return nil
	}
	for _, name := range held {
		c.dialer.opts.Hosts.Leave(name)
	}
	switch {
	case up.IsZero(): // a failure, or no connection of a session
	case time.Since(up) >= c.dialer.sessionTimeout()/goodAfterPart:
		c.dialer.opts.Hosts.Good()
	default:
		c.dialer.opts.Hosts.Short(server)
	}
	if raw == nil {
		return nil
	}
	return raw.Close()
}

// The deadlines of the handshake are the dialer's: the client library's would be ten times the read timeout, and
// lifted as soon as four bytes have come.

func (c *conn) SetDeadline(t time.Time) error {
	if c.wire == nil {
		return nil
	}
	return c.wire.SetDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	if c.wire == nil {
		return nil
	}
	return c.wire.SetReadDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.wire == nil {
		return nil
	}
	return c.wire.SetWriteDeadline(t)
}

// LocalAddr is nil until a server has answered.
func (c *conn) LocalAddr() net.Addr {
	if c.wire == nil {
		return nil
	}
	return c.wire.LocalAddr()
}

// RemoteAddr is nil until a server has answered.
func (c *conn) RemoteAddr() net.Addr {
	if c.wire == nil {
		return nil
	}
	return c.wire.RemoteAddr()
}

func (c *conn) broken(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
