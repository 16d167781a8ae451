// Package count counts the requests that clients send to a ZooKeeper server: a TCP proxy in front of it that reads the
// opcode of every frame.
package count

import (
	"errors"
	"io"
	"maps"
	"net"
	"sync"
)

// Proxy passes everything on in both directions and counts it.
type Proxy struct {
	backend  string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	tally Tally
	conns map[net.Conn]struct{} // nil once closed
}

// NewProxy starts a proxy in front of backend ("host:port"), on a free port. The caller ends it with Close.
func NewProxy(backend string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		backend: backend, listener: listener,
		tally: Tally{Requests: make(map[Op]float64)},
		conns: make(map[net.Conn]struct{}),
	}
	p.running.Go(p.accept) // ends with Close, which waits for it
	return p, nil
}

// Addr is where clients connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Tally returns what has passed so far.
func (p *Proxy) Tally() Tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tally
	t.Requests = maps.Clone(t.Requests)
	return t
}

// Close drops all connections and returns when no goroutine is left.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client) }) // ends with either side, or with Close
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.backend)
	if err != nil {
		return // the client sees a server that is not there
	}
	defer server.Close()
	if !p.enter(client, server) {
		return
	}
	defer p.leave(client, server)
	done := make(chan struct{})
	go func() { // ends when either side does
		defer close(done)
		defer client.Close()
		io.Copy(client, &counted{server, p.replied})
	}()
	var s splitter
	io.Copy(server, &counted{client, func(b []byte) { p.asked(&s, b) }})
	server.Close()
	<-done
}

func (p *Proxy) enter(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return true
}

func (p *Proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

func (p *Proxy) asked(s *splitter, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.ToServer += int64(len(b))
	s.see(b, func(op Op) { p.tally.Requests[op]++ })
}

func (p *Proxy) replied(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.ToClient += int64(len(b))
}

// counted tells of what is read, before it is passed on.
type counted struct {
	from net.Conn
	tell func([]byte)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	if n > 0 {
		c.tell(b[:n])
	}
	if errors.Is(err, net.ErrClosed) {
		err = io.EOF
	}
	return n, err
}
