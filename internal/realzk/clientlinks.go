package realzk

import (
	"errors"
	"fmt"
)

// ClientLinks are the ways of one client to the servers of an ensemble: one [Proxy] per server. Its verbs do to all
// of them what the proxy's do to one.
type ClientLinks struct {
	proxies []*Proxy
	faults  *faults // one client, so one session and one reply to lose, whichever server it uses
}

// NewClientLinks makes ways for one client, all open. The caller ends them with Close.
func (e *Ensemble) NewClientLinks() (*ClientLinks, error) {
	c := &ClientLinks{faults: &faults{}}
	for _, srv := range e.servers {
		p, err := newProxy(srv.Addr())
		if err == nil {
			p.faults = c.faults
			err = p.open()
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("links of a client: %w", err)
		}
		c.proxies = append(c.proxies, p)
	}
	return c, nil
}

// Client makes ways for one client that end with the test.
func (e *Ensemble) Client(tb TB) *ClientLinks {
	tb.Helper()
	c, err := e.NewClientLinks()
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(c.Close)
	return c
}

// Addrs are the addresses for the client to use, in the order of the ensemble's servers.
func (c *ClientLinks) Addrs() []string {
	addrs := make([]string, len(c.proxies))
	for i, p := range c.proxies {
		addrs[i] = p.Addr()
	}
	return addrs
}

// Proxy is the client's way to server i, for a fault of that one alone.
func (c *ClientLinks) Proxy(i int) *Proxy { return c.proxies[i] }

// Only leaves the client server i alone: the others refuse. It places a client that connects now; Heal then opens
// the other ways.
func (c *ClientLinks) Only(i int) {
	for j, p := range c.proxies {
		if j == i {
			p.Heal()
		} else {
			p.Refuse()
		}
	}
}

// At is the server that the client got or resumed its session at last, -1 if it has none yet.
func (c *ClientLinks) At() int {
	_, _, server := c.faults.lastSession()
	for i, p := range c.proxies {
		if p.backend == server {
			return i
		}
	}
	return -1
}

// Heal opens all ways, see [Proxy.Heal].
func (c *ClientLinks) Heal() { c.all((*Proxy).Heal) }

// Cut loses every packet of the client in silence, see [Proxy.Cut].
func (c *ClientLinks) Cut() { c.all((*Proxy).Cut) }

// Mute has every server hang, as the client sees it, see [Proxy.Mute].
func (c *ClientLinks) Mute() { c.all((*Proxy).Mute) }

// Drop drops connection attempts, see [Proxy.Drop].
func (c *ClientLinks) Drop() { c.all((*Proxy).Drop) }

// Refuse refuses connection attempts, see [Proxy.Refuse].
func (c *ClientLinks) Refuse() { c.all((*Proxy).Refuse) }

// Reset resets the connections that there are.
func (c *ClientLinks) Reset() { c.all((*Proxy).Reset) }

// Close ends all ways. It is idempotent.
func (c *ClientLinks) Close() { c.all((*Proxy).Close) }

func (c *ClientLinks) all(verb func(*Proxy)) {
	for _, p := range c.proxies {
		verb(p)
	}
}

// LoseReply loses the reply to the next request that matches, at whichever server, see [Proxy.LoseReply].
func (c *ClientLinks) LoseReply(match func(Request) bool, then func()) <-chan Request {
	return c.faults.loseReply(match, then)
}

// SwapSession gives the client another session when it connects next, see [Proxy.SwapSession].
func (c *ClientLinks) SwapSession() { c.faults.swapSession() }

// Session is the client's last session and its password; 0 if it has none yet.
func (c *ClientLinks) Session() (id int64, passwd []byte) {
	id, passwd, _ = c.faults.lastSession()
	return id, passwd
}

// Expire ends that session as a third party would, through the first server that does it, see [Server.Expire].
func (c *ClientLinks) Expire() error {
	id, passwd := c.Session()
	if id == 0 {
		return errors.New("expire: the client has no session")
	}
	var errs []error
	for _, p := range c.proxies {
		err := closeSession(p.backend, id, passwd)
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", p.backend, err))
		if errors.Is(err, ErrSessionUnknown) {
			break
		}
	}
	return fmt.Errorf("expire session 0x%x: %w", id, errors.Join(errs...))
}
