package zktest

import (
	"context"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"
)

// Client is a dialer whose connections can be addressed as a group: its faults are those of one client's
// network, or of the member as this client sees it.
type Client struct {
	Faults
	name string
}

// Client returns the dialer of the given name, and makes it if there is none yet.
func (s *Server) Client(name string) *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clients {
		if c.name == name {
			return c
		}
	}
	c := &Client{name: name}
	c.Faults.init(s)
	s.clients = append(s.clients, c)
	return c
}

// Name returns the client's name.
func (c *Client) Name() string { return c.name }

// Freeze makes every member look frozen to this client: connections can be made, and nothing is answered.
func (c *Client) Freeze() { c.set(func() { c.frozen = true }) }

// Thaw ends Freeze.
func (c *Client) Thaw() { c.set(func() { c.frozen = false }) }

// Heal ends every lasting fault of this client: Cut, Freeze, Mute, Delay, and what was to strike once.
func (c *Client) Heal() { c.set(c.clear) }

// Dial connects to a member inside the process, without a network. The address is one of Addrs. While the way
// there is cut it waits for Heal or for ctx; a member that is stopped refuses.
func (c *Client) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.s.dial(ctx, c, address)
}

// DialTimeout is Dial with a time limit in the place of a context, as go-zookeeper wants its dialer.
func (c *Client) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return c.Dial(ctx, network, address)
}

// Dial connects to a member inside the process, as Client.Dial does, for a client without a name.
func (s *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.dial(ctx, nil, address)
}

// DialTimeout is Dial with a time limit in the place of a context, as go-zookeeper wants its dialer.
func (s *Server) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return s.Dial(ctx, network, address)
}

// dial is one attempt to connect. It is tried again whenever faults change.
type dial struct {
	s      *Server
	client *Client
	m      *Member
	over   bool
	result chan error // holds one
	nc     net.Conn
}

func (s *Server) dial(ctx context.Context, client *Client, address string) (net.Conn, error) {
	s.mu.Lock()
	d := &dial{s: s, client: client, result: make(chan error, 1)}
	for _, m := range s.members {
		if m.addr == address {
			d.m = m
		}
	}
	switch {
	case s.closed:
		d.done(errClosed)
	case d.m == nil:
		d.done(fmt.Errorf("zktest: no member has the address %s", address))
	default:
		s.dialing = append(s.dialing, d)
		s.at(time.Now().Add(s.between(2*s.opt.latencyMin, 2*s.opt.latencyMax)), d.retry)
	}
	s.mu.Unlock()
	var err error
	select {
	case err = <-d.result:
	case <-ctx.Done():
		s.mu.Lock()
		d.done(ctx.Err())
		s.mu.Unlock()
		err = <-d.result
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "zktest", Addr: memAddr(address), Err: err}
	}
	return d.nc, nil
}

// retry connects unless the way is cut.
func (d *dial) retry() {
	m := d.m
	switch {
	case d.over || d.s.cut || m.cut || d.client != nil && d.client.cut:
	case m.role == stopped:
		d.done(syscall.ECONNREFUSED)
	default:
		d.nc = d.s.serveMemory(m, d.client)
		d.done(nil)
	}
}

func (d *dial) done(err error) {
	if d.over {
		return
	}
	d.over = true
	d.result <- err
	d.s.dialing = slices.DeleteFunc(d.s.dialing, func(o *dial) bool { return o == d })
}
