package dial

import (
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/hosts"
)

var three = []string{"zk1.example:2181", "zk2.example:2181", "zk3.example:2181"}

// course is what happens to three servers.
type course struct {
	mu      sync.Mutex
	begun   time.Time
	dialled []string
	at      []time.Duration
	ended   []string
}

// dialer returns a Dialer for them. They behave as given, in the order in which they are dialled, and then like the last.
func (c *course) dialer(t *testing.T, in ...func(string, net.Conn)) *Dialer {
	c.begun = time.Now()
	return piped(t, Options{Hosts: hosts.New(three)}, func(server string, conn net.Conn) {
		c.mu.Lock()
		n := len(c.dialled)
		c.dialled, c.at = append(c.dialled, server), append(c.at, time.Since(c.begun))
		c.mu.Unlock()
		in[min(n, len(in)-1)](server, conn)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = append(c.ended, server)
	})
}

// after answers with a session that late.
func after(d time.Duration, session int64) func(string, net.Conn) {
	return func(server string, c net.Conn) {
		time.Sleep(d)
		saying(connectResponse(T, session))(server, c)
	}
}

func closes(string, net.Conn) {}

// TestRace: a server that does not answer is not waited for while another one may; and one that has failed makes room
// for the next at once.
func TestRace(t *testing.T) {
	const every = T / hedgePart
	for name, c := range map[string]struct {
		servers []func(string, net.Conn)
		session int64
		took    time.Duration
		dialled []time.Duration
	}{
		"the first answers":       {[]func(string, net.Conn){after(every-1, 1)}, 1, every - 1, []time.Duration{0}},
		"the second answers":      {[]func(string, net.Conn){mute, gives(T, 2)}, 2, every, []time.Duration{0, every}},
		"the third answers":       {[]func(string, net.Conn){mute, mute, gives(T, 3)}, 3, 2 * every, []time.Duration{0, every, 2 * every}},
		"the first answers late":  {[]func(string, net.Conn){after(3*every, 1), mute}, 1, 3 * every, []time.Duration{0, every, 2 * every}},
		"the second refuses":      {[]func(string, net.Conn){mute, closes, gives(T, 3)}, 3, every, []time.Duration{0, every, every}},
		"the second answers late": {[]func(string, net.Conn){mute, after(T/12, 2), mute}, 2, every + T/12, []time.Duration{0, every, 2 * every}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var servers course
				d := servers.dialer(t, c.servers...)
				conn := dialed(t, d)
				if _, err := attach(conn, 7); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(servers.begun); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				synctest.Wait()
				servers.mu.Lock()
				defer servers.mu.Unlock()
				if !slices.Equal(servers.at, c.dialled) {
					t.Errorf("servers were dialled at %v, want %v", servers.at, c.dialled)
				}
				link := d.Link()
				if link.SessionID != c.session || link.Dialed.Sub(servers.begun) > c.took || link.Up.Sub(servers.begun) != c.took {
					t.Errorf("the link is %+v", link)
				}
				// Those who lost are hung up on, and nobody is at them any more.
				if len(servers.ended) != len(servers.dialled)-1 || slices.Contains(servers.ended, link.Server) {
					t.Errorf("of %v, with the session at %s, these connections have ended: %v", servers.dialled, link.Server, servers.ended)
				}
				for range len(three) - 1 {
					if name := d.opts.Hosts.Next(); name == link.Server {
						t.Errorf("%s is given out beside those where nobody is", name)
					}
				}
				conn.Close()
				if name := d.opts.Hosts.Next(); name != link.Server {
					t.Errorf("%s is given out rather than %s, which was left", name, link.Server)
				}
			})
		})
	}
}

// TestPatience: a slow server is waited for twice as long as it took before, or it and others would take the session
// from each other.
func TestPatience(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: T / 24, T / 100: T / 24, T / 24: T / 12, T / 20: T / 10, T / 8: T / 6, T: T / 6,
	} {
		d := New(Options{Hosts: hosts.New(three), Timeout: T})
		d.opts.Hosts.Attached(three[1], took)
		if got := d.patience(three[1]); got != want {
			t.Errorf("a server that took %v is waited for %v, want %v", took, got, want)
		}
		if got := d.patience(three[0]); got != T/24 {
			t.Errorf("an unknown one is waited for %v", got)
		}
	}
}

// TestRaceEnds when nobody can be asked: the client library is told, and dials again.
func TestRaceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var servers course
		d := servers.dialer(t, closes)
		if _, err := attach(dialed(t, d), 7); !errors.Is(err, ErrBroken) || !errors.Is(err, ErrHandshake) {
			t.Errorf("the error is %v", err)
		}
		if len(servers.dialled) != 1 {
			t.Errorf("dialled %v", servers.dialled)
		}
	})
}

// TestRaceThatNobodyWins ends with the Dialer, and asks no more servers than there are at a time.
func TestRaceThatNobodyWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var servers course
		d := servers.dialer(t, mute)
		conn := dialed(t, d)
		ended := make(chan error)
		go func() {
			_, err := attach(conn, 7)
			ended <- err
		}()
		for range 100 {
			time.Sleep(T / 10)
			servers.mu.Lock()
			if open := len(servers.dialled) - len(servers.ended); open > len(three) {
				t.Errorf("%d servers are asked at a time", open)
			}
			servers.mu.Unlock()
		}
		if n := len(servers.dialled); n < 3*10*8/10 {
			t.Errorf("%d dials in ten timeouts", n)
		}
		d.Close()
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("the error is %v", err)
		}
		d.Wait()
		synctest.Wait()
		if len(servers.ended) != len(servers.dialled) {
			t.Errorf("%d of %d connections have ended", len(servers.ended), len(servers.dialled))
		}
	})
}
