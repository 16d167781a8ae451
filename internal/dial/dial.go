// Package dial makes the connections of one ZooKeeper session: it bounds the dial and the handshake, reads what the
// client library hides (the negotiated timeout, the age of the connection), sends credentials before anybody can wait
// for them, and can drop one particular connection so that the next server gets its turn.
package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
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
	dialPart      = 6 // T/6 to connect, TLS included
	reattachPart  = 6 // T/6 for the answer when an existing session moves to this server
	newPart       = 3 // T/3 when the session is new: the answer waits for a commit
	goodAfterPart = 6 // a connection that lived for T/6 was a good one
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

	mu      sync.Mutex
	timeout time.Duration // negotiated, or asked for
	at      string        // the server that Next gave out
	conn    *conn         // the latest
	link    Link          // the latest with a session
}

// New returns a Dialer that has not connected yet.
func New(opts Options) *Dialer {
	if opts.Dial == nil {
		opts.Dial = dialAny
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Dialer{opts: opts, ctx: ctx, cancel: cancel, timeout: opts.Timeout}
}

// Link is one established connection: a session attached to a server.
type Link struct {
	Server    string
	SessionID int64
	Timeout   time.Duration // as negotiated with this server
	Dialed    time.Time
	Up        time.Time // when the session was attached
	conn      *conn
}

// Kick drops this connection, and no later one. The client library goes on with the next server.
func (l Link) Kick() {
	if l.conn != nil {
		l.conn.Close()
	}
}

// Link returns the latest established connection; the zero Link before the first.
func (d *Dialer) Link() Link {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.link
}

// Close drops the connection and refuses every later dial. It does not end the session on the server.
func (d *Dialer) Close() {
	d.cancel()
	d.mu.Lock()
	c := d.conn
	d.leave()
	d.mu.Unlock()
	if c != nil {
		c.Close()
	}
}

// Dial connects to a server. It has the signature of zk.Dialer, whose fixed limit of one second it ignores.
func (d *Dialer) Dial(network, server string, _ time.Duration) (net.Conn, error) {
	if err := d.opts.Hosts.Wait(d.ctx); err != nil {
		return nil, ErrClosed
	}
	timeout := d.sessionTimeout()
	ctx, cancel := context.WithTimeout(d.ctx, timeout/dialPart)
	defer cancel()
	dialed := time.Now()
	c, err := d.open(ctx, network, server)
	if err != nil {
		if d.ctx.Err() == nil {
			d.opts.Hosts.Failed(server, err)
		}
		return nil, err
	}
	c.dialer, c.server, c.dialed = d, server, dialed

	d.mu.Lock()
	previous := d.conn
	d.conn = c
	d.mu.Unlock()
	if previous != nil {
		previous.Close() // the client library leaves the connection open that told it of the expiry
	}
	if d.ctx.Err() != nil { // Close came while we dialled, and has not seen this connection
		c.Close()
		return nil, ErrClosed
	}
	return c, nil
}

func (d *Dialer) open(ctx context.Context, network, server string) (*conn, error) {
	raw, err := d.opts.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	config := d.opts.TLS
	if config == nil {
		return &conn{Conn: raw, raw: raw}, nil
	}
	if config.ServerName == "" && !config.InsecureSkipVerify {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(server) // the name, not the address it resolves to
	}
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("tls: %w", err)
	}
	return &conn{Conn: secure, raw: raw}, nil
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

// established records what the handshake of c brought.
func (d *Dialer) established(c *conn, sessionID int64, timeout time.Duration) {
	link := Link{Server: c.server, SessionID: sessionID, Timeout: timeout, Dialed: c.dialed, Up: c.up, conn: c}
	d.mu.Lock()
	d.timeout, d.link = timeout, link
	d.mu.Unlock()
	if d.opts.Attached != nil {
		d.opts.Attached(link)
	}
	d.opts.Hosts.Failed(c.server, nil)
}

// Init, Len, Next and Connected make the Dialer a zk.HostProvider.

// Init has nothing to do: the servers are in Options.Hosts.
func (d *Dialer) Init([]string) error { return nil }

// Len returns the number of servers.
func (d *Dialer) Len() int { return d.opts.Hosts.Len() }

// Next returns the next server. It never asks the client library for its fixed pause of a second; only when the
// session is over, so that the library's loop rests until it is closed.
func (d *Dialer) Next() (server string, pause bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave()
	if d.ctx.Err() == nil {
		d.at = d.opts.Hosts.Next()
	}
	return d.at, d.ctx.Err() != nil
}

// leave gives the server up for others. It assumes d.mu.
func (d *Dialer) leave() {
	if d.at != "" {
		d.opts.Hosts.Leave(d.at)
		d.at = ""
	}
}

// Connected has nothing to do: what makes a connection good is how long it lives.
func (d *Dialer) Connected() {}
