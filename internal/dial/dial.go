// Package dial makes the connections of one ZooKeeper session: it bounds the dial and the handshake, reads what the
// client library hides (the negotiated timeout, the age of the connection), sends credentials before anybody can wait
// for them, and can drop one particular connection so that the next server gets its turn.
package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"burrow.example/zookeeper/internal/hosts"
)

var (
	// ErrBroken is what every failed read or write on a connection is, whatever the network made of it.
	ErrBroken = errors.New("connection broken")
	// ErrClosed is returned by a dial after Close, or once the session has expired: one Dialer serves one session.
	ErrClosed = errors.New("session is over")
	// ErrHandshake is what a server's failure to answer the connect request properly, or in time, is.
	ErrHandshake = errors.New("handshake")
)

// Limits of one attempt, as parts of the session timeout T. Together they leave a holder whose server went silent
// the time to try the next one, and the one after that, before its trust runs out.
const (
	dialPart      = 6  // T/6 to connect, TLS included
	reattachPart  = 6  // T/6 for the answer when an existing session moves to this server
	newPart       = 3  // T/3 when the session is new: the answer waits for a commit
	goodAfterPart = 6  // a connection that lived for T/6 was a good one
	hedgePart     = 24 // after T/24 without an answer another server is asked as well,
	slowPart      = 6  // or after twice what a session took there before, T/6 at the longest
)

// Auth is one credential, sent to every server right after the handshake.
type Auth struct {
	Scheme     string
	Credential []byte
}

// Options say how a Dialer connects. Hosts and Timeout are required.
type Options struct {
	Hosts   *hosts.Hosts
	Timeout time.Duration // the session timeout that is asked for
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	TLS     *tls.Config
	Auth    []Auth

	// What becomes of the connections; may be nil, and must not block.
	Attached func(Link)                     // the session is attached, and the client library does not know it yet
	Touched  func(sent, answered time.Time) // the server has answered a ping
}

// Dialer is both the dialer and the host provider of one zk.Conn. It lives as long as one session: after Close, or
// after the server's word that the session expired, it connects no more.
type Dialer struct {
	opts   Options
	ctx    context.Context // ends with Close, or when the session has expired
	cancel context.CancelFunc

	created  created
	watched  atomic.Bool    // a watch has been asked for
	attempts sync.WaitGroup // to connect
	rest     sync.Once
	resting  chan struct{}

	mu      sync.Mutex
	timeout time.Duration // negotiated, or asked for
	conn    *conn         // the latest
	link    Link          // the latest with a session
}

// New returns a Dialer that has not connected yet.
func New(opts Options) *Dialer {
	if opts.Dial == nil {
		opts.Dial = dialAny
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Dialer{opts: opts, ctx: ctx, cancel: cancel, resting: make(chan struct{}), timeout: opts.Timeout}
}

// Link is one established connection: a session attached to a server.
type Link struct {
	Server    string
	SessionID int64
	Timeout   time.Duration // as negotiated with this server
	Dialed    time.Time
	Up        time.Time // when the session was attached
	Shunned   bool      // the server was shunned when the session was attached to it all the same
	conn      *conn
}

// Kick drops this connection, and no later one. The client library goes on with the next server. With shun, the server
// that was left comes after the others for the session timeout.
func (l Link) Kick(shun bool) {
	if l.conn == nil {
		return
	}
	l.conn.Close()
	if shun {
		l.conn.dialer.opts.Hosts.Shun(l.Server, l.Timeout)
	}
}

// Link returns the latest established connection; the zero Link before the first.
func (d *Dialer) Link() Link {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.link
}

// Close drops the connection and refuses every later dial. It does not end the session on the server. Nothing is left of
// the Dialer once Wait has returned as well.
func (d *Dialer) Close() {
	d.cancel()
	d.mu.Lock()
	c := d.conn
	d.mu.Unlock()
	if c != nil {
		c.Close()
	}
}

// Over reports whether the Dialer connects no more.
func (d *Dialer) Over() bool { return d.ctx.Err() != nil }

// Resting is closed when, after Close, the client library's loop rests. Before that, what is asked of the library may
// wait for a loop that ends without a look at it.
func (d *Dialer) Resting() <-chan struct{} { return d.resting }

// Wait returns when every attempt to connect has ended. It is called after Close, when nobody dials any more.
func (d *Dialer) Wait() { d.attempts.Wait() }

// Dial returns at once, with a connection that is made when the client library asks for the session on it: to this server
// or, if that does not answer soon, to another one. It has the signature of zk.Dialer, whose fixed limit of one second it
// ignores.
func (d *Dialer) Dial(network, server string, _ time.Duration) (net.Conn, error) {
	c := d.newConn(network, server)
	d.mu.Lock()
	previous := d.conn
	d.conn = c
	d.mu.Unlock()
	if previous != nil {
		previous.Close() // the client library leaves the connection open that told it of the expiry
	}
	if d.ctx.Err() != nil { // Close may have come before there was this connection
		c.Close()
		return nil, ErrClosed
	}
	return c, nil
}

// open connects to a server, over TLS if that is asked for.
func (d *Dialer) open(ctx context.Context, network, server string) (*wire, error) {
	ctx, cancel := context.WithTimeout(ctx, d.sessionTimeout()/dialPart)
	defer cancel()
	raw, err := d.opts.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	if d.opts.TLS == nil {
		return &wire{raw, raw, nil}, nil
	}
	secure, certificates, err := startTLS(ctx, raw, server, d.opts.TLS)
	if err != nil {
		return nil, err
	}
	return &wire{secure, raw, certificates}, nil
}

// dialAny is the default dial: the name is resolved now, and its addresses are tried in a random order, so that a
// name that stands for several servers does not always lead to the same one.
func dialAny(ctx context.Context, network, server string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	var failed error
	for _, address := range addresses {
		var plain net.Dialer
		raw, err := plain.DialContext(ctx, network, net.JoinHostPort(address, port))
		if err == nil {
			return raw, nil
		}
		failed = err
	}
	return nil, failed
}

func (d *Dialer) sessionTimeout() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.timeout
}

// attached records what a won race brought.
func (d *Dialer) attached(c *conn, a *attempt) {
	if a.answer.sessionID == 0 {
		d.opts.Hosts.Answered(a.server)
		d.cancel() // one Dialer, one session
		return
	}
	link := Link{
		Server: a.server, SessionID: a.answer.sessionID, Timeout: a.answer.timeout,
		Dialed: a.dialed, Up: a.answer.up, Shunned: d.opts.Hosts.Shunned(a.server), conn: c,
	}
	d.mu.Lock()
	d.timeout, d.link = link.Timeout, link
	d.mu.Unlock()
	if d.opts.Attached != nil {
		d.opts.Attached(link)
	}
	d.opts.Hosts.Attached(a.server, link.Up.Sub(link.Dialed))
}

// Init, Len, Next and Connected make the Dialer a zk.HostProvider.

// Init has nothing to do: the servers are in Options.Hosts.
func (d *Dialer) Init([]string) error { return nil }

// Len returns the number of servers.
func (d *Dialer) Len() int { return d.opts.Hosts.Len() }

// Next returns the next server. It never asks the client library for its fixed pause of a second; only when the
// session is over, so that the library's loop rests until it is closed.
func (d *Dialer) Next() (server string, pause bool) {
	if d.ctx.Err() != nil {
		d.rest.Do(func() { close(d.resting) })
		return d.Link().Server, true
	}
	return d.opts.Hosts.Next(), false
}

// Connected has nothing to do: what makes a connection good is how long it lives.
func (d *Dialer) Connected() {}
