package realzk

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Proxy stands between clients and one server, and is the network between them. Its verbs take effect at once, on
// the connections that there are as well as on those to come, and may be called from any goroutine. What the
// kernel had been given before a verb still arrives.
type Proxy struct {
	backend  string
	patience time.Duration // how long to dial a backend that refuses
	streams  func(l *link) (requests, replies stream)

	port     port
	requests *gate // client to server
	replies  *gate // server to client
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup // one per link

	mu     sync.Mutex
	door   *door
	closed bool
	links  map[*link]struct{}

	faults *faults
}

// NewProxy starts a proxy in front of backend ("host:port") on a port of its own. The caller ends it with Close.
func NewProxy(backend string) (*Proxy, error) {
	p, err := newProxy(backend)
	if err != nil {
		return nil, err
	}
	return p, p.open()
}

// Proxy starts a proxy in front of the server that ends with the test.
func (s *Server) Proxy(tb TB) *Proxy {
	tb.Helper()
	p, err := NewProxy(s.Addr())
	if err != nil {
		tb.Fatalf("proxy in front of %s: %v", s.Addr(), err)
		return nil
	}
	tb.Cleanup(p.Close)
	return p
}

// newProxy makes a proxy that refuses until it is opened.
func newProxy(backend string) (*Proxy, error) {
	held, err := holdPort()
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		backend: backend, port: held,
		requests: newGate(), replies: newGate(),
		links:  make(map[*link]struct{}),
		faults: &faults{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.door = &door{port: held, enter: p.enter}
	p.streams = p.converse
	return p, nil
}

// open opens a new proxy; where that fails nothing is left of it.
func (p *Proxy) open() error {
	p.mu.Lock()
	err := p.door.admit()
	p.mu.Unlock()
	if err != nil {
		p.Close()
	}
	return err
}

// Addr is where clients reach the proxy, "127.0.0.1:port", for the proxy's whole life.
func (p *Proxy) Addr() string { return p.port.addr() }

// Heal takes back Cut, Mute, Drop, Refuse and StallReplies: what was held flows on, and clients are let in.
func (p *Proxy) Heal() { p.set((*door).admit, unlimited) }

// Cut loses every packet in silence: bytes and FINs of the connections there are stay held in both directions
// until Heal, and connection attempts are dropped.
func (p *Proxy) Cut() { p.set((*door).drop, 0) }

// Mute is a server that hangs: connections are accepted, as a kernel does for a stopped process, and nothing
// passes in either direction until Heal.
func (p *Proxy) Mute() { p.set((*door).admit, 0) }

// Drop drops connection attempts. The connections that there are go on.
func (p *Proxy) Drop() { p.set((*door).drop, same) }

// Refuse refuses connection attempts. The connections that there are go on.
func (p *Proxy) Refuse() { p.set((*door).refuse, same) }

// StallReplies lets n more bytes from the server pass, to all clients together, and holds the rest until Heal.
// Requests go on.
func (p *Proxy) StallReplies(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies.allow(n)
}

// Reset resets the connections that there are.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
	}
}

// same leaves the gates as they are.
const same = -2

// set puts the door and both gates into a state. The port is held, so only a machine that has run out of
// descriptors can fail here.
func (p *Proxy) set(turn func(*door) error, allowance int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if allowance == 0 {
		p.requests.allow(0)
		p.replies.allow(0)
	}
	if err := turn(p.door); err != nil {
		panic(fmt.Sprintf("realzk: proxy %s: %v", p.Addr(), err))
	}
	if allowance == unlimited {
		p.requests.allow(unlimited)
		p.replies.allow(unlimited)
	}
}

// Close resets what is connected, stops listening and waits for the proxy's goroutines. It is idempotent.
func (p *Proxy) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		p.cancel()
		p.door.refuse()
		for l := range p.links {
			l.reset()
		}
		p.port.release()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// enter starts a link for a client that came in.
func (p *Proxy) enter(client *net.TCPConn) {
	l := newLink(p.ctx, client)
	p.running.Add(1)
	// Owned by the proxy: ends with either side or with Close, which waits for it.
	go func() {
		defer p.running.Done()
		if !p.add(l) {
			return
		}
		defer p.remove(l)
		p.serve(l)
	}()
}

func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		l.reset()
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) remove(l *link) {
	l.end(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// serve carries a link until it ends. The server hears of the client only once packets pass.
func (p *Proxy) serve(l *link) {
	if !p.requests.pass(l.ctx.Done()) {
		return
	}
	server, err := p.dial(l.ctx)
	if err != nil {
		l.reset()
		return
	}
	if !l.attach(server) {
		return
	}
	fromClient, fromServer := p.streams(l)
	replies := make(chan struct{})
	// Owned by this call, which waits for it; the end of the link ends it.
	go func() {
		defer close(replies)
		l.pump(fromServer, l.client, p.replies)
	}()
	l.pump(fromClient, server, p.requests)
	<-replies
}

// dial reaches the backend, for as long as the proxy has patience with one that refuses.
func (p *Proxy) dial(ctx context.Context) (*net.TCPConn, error) {
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for deadline := time.Now().Add(p.patience); ; {
		c, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", p.backend)
		if err == nil {
			return c.(*net.TCPConn), nil
		}
		if !time.Now().Before(deadline) {
			return nil, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
