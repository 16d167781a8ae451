package dial

import (
	"context"
	"time"
)

// attempt is a server that is asked for the session.
type attempt struct {
	server string
	dialed time.Time
	wire   *wire  // nil if it could not be dialled
	answer answer // if err is nil
	err    error
}

// race asks servers for the session, the one that the client library dialled first. When there is no answer for T/24, or
// as soon as one has failed, another one is asked; the first answer counts. Otherwise a server that hangs could decide how
// long a fail-over takes. The price is what it always costs to give up an answer, which may be on its way: a new session
// is left to expire, and one that moves on once more is told so at its next request, and moves back. So that servers
// which are merely slow do not take a session from each other again and again, each has twice the time that it took
// before.
//
// It returns an error as soon as nobody is being asked any more; the client library then dials again.
func (c *conn) race() (*attempt, error) {
	d := c.dialer
	outcomes, running := make(chan *attempt), 0
	hedge := time.NewTimer(0)
	defer hedge.Stop()
	begin := func(server string) {
		running++
		d.attempts.Go(func() { outcomes <- d.try(c.ctx, c.network, server, c.request) })
		hedge.Reset(d.patience(server))
	}
	begin(c.server)
	for {
		select {
		case a := <-outcomes:
			running--
			if a.err == nil {
				c.cancel()
				d.attempts.Go(func() {
					for range running {
						c.lose(<-outcomes)
					}
				})
				return a, nil
			}
			c.lose(a)
			if running == 0 {
				return nil, a.err
			}
		case <-hedge.C:
		}
		if running == d.opts.Hosts.Len() || c.ctx.Err() != nil {
			continue
		}
		if server := d.opts.Hosts.Next(); c.hold(server) {
			begin(server)
		} else {
			d.opts.Hosts.Leave(server)
			hedge.Reset(d.patience(server))
		}
	}
}

// patience is for how long a server is waited for before another one is asked.
func (d *Dialer) patience(server string) time.Duration {
	t := d.sessionTimeout()
	return min(max(t/hedgePart, 2*d.opts.Hosts.Quickest(server)), t/slowPart)
}

// lose ends an attempt that is of no use.
func (c *conn) lose(a *attempt) {
	if a.wire != nil {
		a.wire.raw.Close()
	}
	c.leave(a.server)
}

// try dials a server and has it answer the connect request. It ends with ctx.
func (d *Dialer) try(ctx context.Context, network, server string, request []byte) *attempt {
	a := &attempt{server: server}
	if a.err = d.opts.Hosts.Wait(ctx, server); a.err != nil {
		return a
	}
	a.dialed = time.Now()
	if a.wire, a.err = d.open(ctx, network, server); a.err == nil {
		hurry := context.AfterFunc(ctx, func() { a.wire.raw.Close() })
		a.answer, a.err = d.exchange(a.wire, request)
		if !hurry() && a.err == nil {
			a.err = ctx.Err()
		}
	}
	if a.err != nil && ctx.Err() == nil {
		d.opts.Hosts.Failed(server, a.err)
	}
	return a
}

// exchange sends the connect request on a wire and returns the answer.
func (d *Dialer) exchange(w *wire, request []byte) (answer, error) {
	limit := d.sessionTimeout() / reattachPart
	if isNewSession(request) {
		limit = d.sessionTimeout() / newPart
	}
	w.SetDeadline(time.Now().Add(limit))
	if _, err := w.Write(request); err != nil {
		return answer{}, w.failed("send the connect request", err)
	}
	a, err := w.handshake(d.opts.Auth)
	if err != nil {
		return answer{}, err
	}
	w.SetDeadline(time.Time{})
	return a, nil
}
