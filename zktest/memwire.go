package zktest

import (
	"fmt"
	"io"
	"net"
	"syscall"
)

// memWire is the server's end of an in-memory connection. It has no goroutines: what the client sends arrives on
// the agenda, and what the server sends is put down there.
type memWire struct {
	peer *memConn
}

// serveMemory connects a client to a member and returns the client's end.
func (s *Server) serveMemory(m *Member, client *Client) net.Conn {
	from := memAddr(fmt.Sprintf("127.0.0.1:%d", 20000+s.connNumber%40000))
	near, _ := newMemConn(s.agenda, from, memAddr(m.addr), s.opt.latencyMin, s.opt.latencyMax, s.rand.Uint64())
	c := s.connect(m, client, &memWire{near})
	split := &splitter{}
	near.out.hook = func(b []byte, end error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		split.feed(c, b)
		if end != nil {
			c.hangUp()
		}
	}
	return near
}

func (w *memWire) send(b []byte)    { w.peer.in.write(b) }
func (w *memWire) close()           { w.peer.in.finish(io.EOF) }
func (w *memWire) reset()           { w.peer.in.finish(syscall.ECONNRESET) }
func (w *memWire) remote() net.Addr { return w.peer.local }

// memAddr is the address of one end of an in-memory connection.
type memAddr string

func (memAddr) Network() string  { return "zktest" }
func (a memAddr) String() string { return string(a) }
