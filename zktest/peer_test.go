package zktest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// peer is a client of a few lines, for tests that look at what is on the wire and when.
type peer struct {
	t        *testing.T
	nc       net.Conn
	xid      int32
	session  int64
	timeout  time.Duration
	password []byte
	events   []string
	patience time.Duration // for the answer to a call: a second, unless a test in real time sets more
}

// errSilent is what a peer gets that waits in vain.
var errSilent = os.ErrDeadlineExceeded

// attach opens a session at a member, or takes one up again if from is not nil. A session of 0 means expired.
func attach(t *testing.T, m *Member, dial func(context.Context, string, string) (net.Conn, error), timeout time.Duration, from *peer) *peer {
	t.Helper()
	p, err := tryAttach(t, m, dial, timeout, from)
	if err != nil {
		t.Fatalf("attach to member %d: %v", m.Number(), err)
	}
	return p
}

func tryAttach(t *testing.T, m *Member, dial func(context.Context, string, string) (net.Conn, error), timeout time.Duration, from *peer) (*peer, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	nc, err := dial(ctx, "tcp", m.Addr())
	if err != nil {
		return nil, err
	}
	p := &peer{t: t, nc: nc, password: make([]byte, 16), patience: time.Second}
	t.Cleanup(func() { nc.Close() })
	if from != nil {
		p.session, p.password, p.xid = from.session, from.password, from.xid
	}
	e := newEncoder()
	e.int32(0)
	e.int64(0)
	e.int32(int32(timeout.Milliseconds()))
	e.int64(p.session)
	e.buffer(p.password)
	nc.Write(e.frame())
	frame, err := p.receive(5 * time.Second)
	if err != nil {
		return nil, err
	}
	d := &decoder{buf: frame}
	d.int32()
	p.timeout = time.Duration(d.int32()) * time.Millisecond
	p.session, p.password = d.int64(), d.buffer()
	return p, nil
}

func (p *peer) receive(patience time.Duration) ([]byte, error) {
	p.nc.SetReadDeadline(time.Now().Add(patience))
	var head [4]byte
	if _, err := io.ReadFull(p.nc, head[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(p.nc, frame)
	return frame, err
}

func (p *peer) send(op Op, body func(*encoder)) int32 {
	p.xid++
	e := newEncoder()
	e.int32(p.xid)
	e.int32(int32(op))
	if body != nil {
		body(e)
	}
	p.nc.Write(e.frame())
	return p.xid
}

// await returns the next answer. Events that come before it are kept.
func (p *peer) await(patience time.Duration) (Code, *decoder, error) {
	for {
		frame, err := p.receive(patience)
		if err != nil {
			return 0, nil, err
		}
		d := &decoder{buf: frame}
		xid := d.int32()
		d.int64()
		code := Code(d.int32())
		if xid != -1 {
			return code, d, nil
		}
		d.int32()
		d.int32()
		p.events = append(p.events, d.string())
	}
}

// call sends a request and waits for the answer, whose code becomes the error.
func (p *peer) call(op Op, body func(*encoder)) (*decoder, error) {
	p.send(op, body)
	code, d, err := p.await(p.patience)
	if err == nil && code != OK {
		err = code
	}
	return d, err
}

func (p *peer) ping() error {
	_, err := p.call(OpPing, nil)
	return err
}

func (p *peer) sync() error {
	_, err := p.call(OpSync, func(e *encoder) { e.string("/") })
	return err
}

func (p *peer) create(path string, flags int32) error {
	_, err := p.call(OpCreate, func(e *encoder) {
		e.string(path)
		e.buffer(nil)
		e.acls(worldACL)
		e.int32(flags)
	})
	return err
}

func (p *peer) exists(path string, watch bool) (bool, error) {
	_, err := p.call(OpExists, func(e *encoder) { e.string(path); e.bool(watch) })
	if errors.Is(err, NoNode) {
		return false, nil
	}
	return err == nil, err
}

// prove sends the cheapest transaction there is.
func (p *peer) prove(path string) error {
	_, err := p.call(OpMulti, func(e *encoder) {
		e.multiHeader(OpCheck, false, -1)
		e.string(path)
		e.int32(-1)
		e.multiHeader(opError, true, -1)
	})
	return err
}

// dropped waits for the end of the connection and returns how long that took, at most limit.
func (p *peer) dropped(limit time.Duration) time.Duration {
	start := time.Now()
	for {
		if _, err := p.receive(limit - time.Since(start)); err != nil {
			return time.Since(start)
		}
	}
}

// followers returns the members that follow, in order.
func (s *Server) followers() []*Member {
	var f []*Member
	for _, m := range s.Members() {
		if m.Role() == "follower" {
			f = append(f, m)
		}
	}
	return f
}

// eventually waits for something to become true, for at most limit.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !ok() {
		if time.Since(start) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(start)
}
