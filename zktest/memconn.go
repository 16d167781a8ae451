package zktest

import (
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"
)

// memConn is one end of a connection inside the process. Unlike net.Pipe it buffers what is written, keeps it
// in flight for a while, delivers what was sent before a close, and takes the same time in every run.
type memConn struct {
	in, out       *flow
	local, remote net.Addr
}

// flow carries bytes one way. Its agenda delivers them, in order, after a latency drawn for every write.
type flow struct {
	agenda   *agenda
	rand     *rand.Rand // guarded by mu, like all below
	min, max time.Duration

	mu       sync.Mutex
	readable sync.Cond
	arrived  []byte
	last     time.Time                 // when the latest of them arrives
	end      error                     // after arrived: io.EOF, or a reset
	shut     bool                      // the writer has closed
	closed   bool                      // the reader has closed
	hook     func(b []byte, end error) // takes what arrives in the place of a reader
	deadline time.Time
	alarm    *event
}

// newMemConn returns the client's end of a connection, and the flow on which the server answers. What the
// client sends goes to hook. Two connections with the same seed behave the same.
func newMemConn(a *agenda, client, server net.Addr, min, max time.Duration, seed uint64) (c *memConn, answers *flow) {
	up := newFlow(a, min, max, rand.New(rand.NewPCG(seed, 1)))
	down := newFlow(a, min, max, rand.New(rand.NewPCG(seed, 2)))
	return &memConn{in: down, out: up, local: client, remote: server}, down
}

func newFlow(a *agenda, min, max time.Duration, r *rand.Rand) *flow {
	f := &flow{agenda: a, min: min, max: max, rand: r}
	f.readable.L = &f.mu
	return f
}

// write sends p, which it keeps.
func (f *flow) write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shut {
		return 0, net.ErrClosed
	}
	f.fly(p, nil)
	return len(p), nil
}

// fly lets bytes, or the end, reach the far end after everything sent before. It needs mu.
func (f *flow) fly(b []byte, end error) {
	if f.max == 0 {
		f.deliver(b, end)
		return
	}
	at := time.Now().Add(f.min + time.Duration(f.rand.Int64N(int64(f.max-f.min)+1)))
	if !at.After(f.last) {
		at = f.last.Add(1)
	}
	f.last = at
	e := f.agenda.at(at, func() {
		if f.hook == nil {
			f.mu.Lock()
			defer f.mu.Unlock()
		}
		f.deliver(b, end)
	})
	if e == nil { // the server is closed, and with it the clock
		f.land(b, end)
	}
}

// deliver hands over what has arrived. It needs mu if there is no hook. A hook takes the server's mutex, and may be called
// with mu held: the server, with its mutex held, uses only flows that have no hook.
func (f *flow) deliver(b []byte, end error) {
	if f.hook != nil {
		f.hook(b, end)
	} else {
		f.land(b, end)
	}
}

func (f *flow) land(b []byte, end error) {
	if f.end != nil || f.closed {
		return
	}
	if len(f.arrived) == 0 {
		f.arrived = b
	} else {
		f.arrived = append(f.arrived, b...)
	}
	f.end = end
	if end != nil && end != io.EOF {
		f.arrived = nil
	}
	f.readable.Broadcast()
}

// finish lets the reader see err after everything that was written.
func (f *flow) finish(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.shut {
		f.shut = true
		f.fly(nil, err)
	}
}

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.closed:
			return 0, net.ErrClosed
		case !f.deadline.IsZero() && !time.Now().Before(f.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(f.arrived) > 0:
			n := copy(p, f.arrived)
			f.arrived = f.arrived[n:]
			return n, nil
		case f.end != nil:
			return 0, f.end
		case len(p) == 0:
			return 0, nil
		}
		f.arm()
		f.readable.Wait()
	}
}

// arm makes sure that the reader is woken at the deadline. A client sets one for every answer that it reads, so an alarm
// that is too early is left where it is: it sets the next. It needs mu.
func (f *flow) arm() {
	switch {
	case f.deadline.IsZero() || f.end != nil || f.closed:
	case f.alarm == nil:
		f.alarm = f.agenda.at(f.deadline, f.wake)
	case f.deadline.Before(f.alarm.at):
		f.agenda.cancel(f.alarm)
		f.alarm = f.agenda.at(f.deadline, f.wake)
	}
}

func (f *flow) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alarm = nil
	if time.Now().Before(f.deadline) {
		f.arm()
		return
	}
	f.readable.Broadcast()
}

func (f *flow) setDeadline(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deadline = t
	f.readable.Broadcast()
}

func (f *flow) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.agenda.cancel(f.alarm)
	f.closed, f.arrived, f.alarm = true, nil, nil
	f.readable.Broadcast()
}

func (c *memConn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

func (c *memConn) Write(p []byte) (int, error) {
	n, err := c.out.write(append(make([]byte, 0, len(p)), p...))
	return n, c.wrap("write", err)
}

func (c *memConn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// Close ends both directions. The other end reads what was on its way and then io.EOF.
func (c *memConn) Close() error {
	c.in.close()
	c.out.finish(io.EOF)
	return nil
}

func (c *memConn) LocalAddr() net.Addr  { return c.local }
func (c *memConn) RemoteAddr() net.Addr { return c.remote }

func (c *memConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

func (c *memConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(t)
	return nil
}

// SetWriteDeadline does nothing: a write never waits.
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }
