package zktest

import (
	"net"
	"slices"
	"sync"
)

// tcpWire is a connection over a socket. Two goroutines belong to it: read takes frames off the socket, write
// puts replies on it. Neither holds the server's mutex while it does, and Server.Close waits for both.
type tcpWire struct {
	s       *Server
	nc      net.Conn
	ready   sync.Cond
	buf     []byte
	ending  bool
	aborted bool
}

func (s *Server) serveTCP(m *Member, nc net.Conn) {
	w := &tcpWire{s: s, nc: nc}
	w.ready.L = &s.mu
	c := s.connect(m, nil, w)
	s.wait.Add(2)
	go w.read(c)
	go w.write()
}

func (w *tcpWire) read(c *conn) {
	defer w.s.wait.Done()
	split := splitter{}
	buf := make([]byte, 16<<10)
	for {
		n, err := w.nc.Read(buf)
		w.s.mu.Lock()
		split.feed(c, slices.Clone(buf[:n]))
		if err != nil {
			c.hangUp()
		}
		w.s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (w *tcpWire) write() {
	defer w.s.wait.Done()
	defer w.nc.Close()
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for {
		for len(w.buf) == 0 && !w.ending && !w.aborted {
			w.ready.Wait()
		}
		if w.aborted || len(w.buf) == 0 {
			return
		}
		buf := w.buf
		w.buf = nil
		w.s.mu.Unlock()
		_, err := w.nc.Write(buf)
		w.s.mu.Lock()
		if err != nil {
			return // the reader sees it as well
		}
	}
}

func (w *tcpWire) send(b []byte) {
	w.buf = append(w.buf, b...)
	w.ready.Signal()
}

func (w *tcpWire) close() {
	w.ending = true
	w.ready.Signal()
	if w.s.closed {
		w.nc.Close() // the writer may be stuck with a client that does not read
	}
}

func (w *tcpWire) reset() {
	w.aborted = true
	if t, ok := w.nc.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	w.nc.Close()
	w.ready.Signal()
}

func (w *tcpWire) remote() net.Addr { return w.nc.RemoteAddr() }
