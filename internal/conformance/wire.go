package conformance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// The types of requests, as zookeeper.jute has them.
const (
	opCreate          = 1
	opDelete          = 2
	opExists          = 3
	opGetData         = 4
	opSetData         = 5
	opGetACL          = 6
	opSetACL          = 7
	opGetChildren     = 8
	opSync            = 9
	opPing            = 11
	opGetChildren2    = 12
	opCheck           = 13
	opMulti           = 14
	opCreate2         = 15
	opReconfig        = 16
	opCheckWatches    = 17
	opRemoveWatches   = 18
	opCreateContainer = 19
	opDeleteContainer = 20
	opCreateTTL       = 21
	opMultiRead       = 22
	opAuth            = 100
	opSetWatches      = 101
	opSasl            = 102
	opGetEphemerals   = 103
	opChildrenNumber  = 104
	opSetWatches2     = 105
	opAddWatch        = 106
	opWhoAmI          = 107
	opClose           = -11
)

// patience is how long an answer may take, on a busy machine. Where none is expected, a little is waited for one.
const (
	patience = 20 * time.Second
	little   = 700 * time.Millisecond
)

// peer is one connection of the script.
type peer struct {
	nc       net.Conn
	xid      int32
	session  int64
	password []byte
	mute     bool // no answer is expected
}

func dialPeer(addr string) (*peer, error) {
	nc, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &peer{nc: nc}, nil
}

func (p *peer) send(frame []byte) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(frame)))
	_, err := p.nc.Write(append(b, frame...))
	return err
}

// receive reads one frame. It tells a connection that has ended from an answer that does not come.
func (p *peer) receive() (frame []byte, outcome string) {
	limit := patience
	if p.mute {
		limit = little
	}
	p.nc.SetReadDeadline(time.Now().Add(limit))
	var head [4]byte
	if _, err := io.ReadFull(p.nc, head[:]); err != nil {
		return nil, describe(err)
	}
	frame = make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(p.nc, frame); err != nil {
		return nil, describe(err)
	}
	return frame, ""
}

func describe(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "no answer"
	}
	return "connection closed"
}

// hello is a connect request.
type hello struct {
	seen     int64
	timeout  int32
	session  int64
	password []byte
	short    bool // without the trailing byte that says whether read-only is fine
}

// greet sends a connect request and returns the answer's fields.
func (p *peer) greet(h hello, n names, as string) []string {
	b := body(nil).i32(0).i64(h.seen).i32(h.timeout).i64(h.session).buf(h.password)
	if !h.short {
		b = b.flag(false)
	}
	if err := p.send(b); err != nil {
		return []string{"send failed"}
	}
	frame, outcome := p.receive()
	if outcome != "" {
		return []string{outcome}
	}
	r := &reader{buf: frame, names: n}
	r.add("protocol", "%d", r.i32())
	r.add("timeout", "%d", r.i32())
	p.session = r.i64()
	if p.session != 0 {
		n.sessions[p.session] = as
	}
	r.add("session", "%s", n.session(p.session))
	p.password = append([]byte(nil), r.take(int(r.i32()))...)
	zero := true
	for _, c := range p.password {
		zero = zero && c == 0
	}
	r.add("password", "%d bytes, all zero: %t", len(p.password), zero)
	r.add("rest", "%q", r.buf)
	return r.fields
}

// event is a watch event as a field.
func event(r *reader) string {
	kind, state := r.i32(), r.i32()
	return fmt.Sprintf("event=%d state=%d path=%s", kind, state, r.buffer())
}
