package dial

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/hosts"
)

// zookeeper is an ensemble that knows one session at a time, for the real client library.
type zookeeper struct {
	mu       sync.Mutex
	sessions int64                     // so many were made; the last one lives
	conns    map[net.Conn]string       // the server that each is to
	faults   map[string]func(net.Conn) // what a server does instead
}

func (z *zookeeper) serve(server string, c net.Conn) {
	z.mu.Lock()
	fault := z.faults[server]
	z.mu.Unlock()
	if fault != nil {
		fault(c)
		return
	}
	request := next(c)
	if request == nil {
		return
	}
	z.mu.Lock()
	session := int64(binary.BigEndian.Uint64(request[16:]))
	if session == 0 {
		z.sessions++
		session = z.sessions
	} else if session != z.sessions {
		session = 0 // expired
	}
	z.conns[c] = server
	z.mu.Unlock()
	c.Write(connectResponse(T, session))
	if session != 0 {
		serveRequests(c)
	}
	z.mu.Lock()
	delete(z.conns, c)
	z.mu.Unlock()
}

// expire ends the session as a close by a third party does: its connection is dropped.
func (z *zookeeper) expire() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.sessions++
	for c := range z.conns {
		c.Close()
	}
}

// server is the one that has the session.
func (z *zookeeper) server() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, server := range z.conns {
		return server
	}
	return ""
}

// lines collects what the client library logs.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf(format, args...))
}

// client is the client library over a Dialer.
type client struct {
	*zk.Conn
	*Dialer
	states chan zk.State
	log    lines
	ended  <-chan zk.Event
}

func (z *zookeeper) connect(t *testing.T, h *hosts.Hosts, auth ...Auth) *client {
	t.Helper()
	c := &client{Dialer: piped(t, Options{Hosts: h, Auth: auth}, z.serve), states: make(chan zk.State, 1000)}
	var err error
	c.Conn, c.ended, err = zk.Connect([]string{"ignored"}, T, zk.WithDialer(c.Dial), zk.WithHostProvider(c.Dialer),
		zk.WithLogger(&c.log), zk.WithEventCallback(func(ev zk.Event) { c.states <- ev.State }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Close is how the coordinator closes a session for good.
func (c *client) Close() {
	c.Dialer.Close()
	c.Conn.Close()
	for range c.ended {
	}
}

// until waits for a state, in virtual time, and returns how long that took.
func (c *client) until(t *testing.T, state zk.State) time.Duration {
	t.Helper()
	begun := time.Now()
	for late := time.After(time.Hour); ; {
		select {
		case got := <-c.states:
			if got == state {
				return time.Since(begun)
			}
		case <-late:
			t.Fatalf("no %v within an hour", state)
		}
	}
}

// TestClosedSession: with one server, a closed session is heard of, and a new one held, in under 100 ms, whether the
// first was old or not. The client library alone takes a second to hear of it.
func TestClosedSession(t *testing.T) {
	const server = "zk1.example:2181"
	for _, age := range []time.Duration{0, T / 12, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			z := &zookeeper{conns: make(map[net.Conn]string)}
			h := hosts.New([]string{server})
			first := z.connect(t, h)
			first.until(t, zk.StateHasSession)
			time.Sleep(age)
			z.expire()
			took := first.until(t, zk.StateExpired)
			second := z.connect(t, h) // as the coordinator does
			took += second.until(t, zk.StateHasSession)
			if took >= 100*time.Millisecond || age >= T/6 && took != 0 {
				t.Errorf("a session of age %v: the next one came after %v", age, took)
			}
		})
	}
	t.Run("client library alone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			z := &zookeeper{conns: make(map[net.Conn]string)}
			d := piped(t, Options{}, z.serve)
			c := &client{Dialer: d, states: make(chan zk.State, 1000)}
			var err error
			c.Conn, c.ended, err = zk.Connect([]string{"127.0.0.1:2181"}, T, zk.WithLogger(&c.log),
				zk.WithDialer(func(network, server string, _ time.Duration) (net.Conn, error) {
					return d.opts.Dial(t.Context(), network, server)
				}), zk.WithEventCallback(func(ev zk.Event) { c.states <- ev.State }))
			if err != nil {
				t.Fatal(err)
			}
			c.until(t, zk.StateHasSession)
			time.Sleep(time.Hour)
			z.expire()
			if took := c.until(t, zk.StateExpired); took < time.Second {
				t.Errorf("it took only %v: this test measures nothing", took)
			}
			c.Conn.Close()
			for range c.ended {
			}
		})
	})
}

// TestKickedClientMovesOn to the next server at once, with the same session.
func TestKickedClientMovesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zookeeper{conns: make(map[net.Conn]string)}
		c := z.connect(t, hosts.New([]string{"zk1.example:2181", "zk2.example:2181"}))
		c.until(t, zk.StateHasSession)
		session := c.SessionID()
		for range 10 {
			synctest.Wait()
			was := z.server()
			time.Sleep(T)
			c.Link().Kick(false)
			if took := c.until(t, zk.StateHasSession); took != 0 {
				t.Errorf("it took %v", took)
			}
			synctest.Wait()
			if now := z.server(); now == was || c.SessionID() != session || c.Link().Server != now {
				t.Errorf("it moved from %s to %s, session %d, link %+v", was, now, c.SessionID(), c.Link())
			}
		}
	})
}

// TestFaultyServersAreLeft: with one good server among bad ones, the session is there when each bad one has had its
// limit at most, and moves back there as fast.
func TestFaultyServersAreLeft(t *testing.T) {
	cases := map[string]func(net.Conn){
		"mute":         func(c net.Conn) { mute("", c) },
		"reads not":    func(c net.Conn) { time.Sleep(T) },
		"stalls":       func(c net.Conn) { saying(connectResponse(T, 1)[:4])("", c) },
		"closes":       func(net.Conn) {},
		"a web server": func(c net.Conn) { saying(garbage["a web server"])("", c) },
	}
	servers := []string{"zk1.example:2181", "zk2.example:2181", "zk3.example:2181"}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := &zookeeper{
					conns:  make(map[net.Conn]string),
					faults: map[string]func(net.Conn){servers[0]: fault, servers[1]: fault},
				}
				c := z.connect(t, hosts.New(servers))
				if took := c.until(t, zk.StateHasSession); took > 2*T/3 {
					t.Errorf("the session came after %v", took)
				}
				session := c.SessionID()
				time.Sleep(T)
				c.Link().Kick(false)
				if took := c.until(t, zk.StateHasSession); took > 2*T/6 {
					t.Errorf("the session came back after %v", took)
				}
				if c.SessionID() != session {
					t.Error("the session is another")
				}
			})
		})
	}
}

// TestNoCredentialIsLogged, and the library's own re-sending of credentials has none to send.
func TestNoCredentialIsLogged(t *testing.T) {
	for _, code := range []int32{0, -115} {
		synctest.Test(t, func(t *testing.T) {
			h := hosts.New([]string{"zk1.example:2181"})
			z := &zookeeper{faults: map[string]func(net.Conn){"zk1.example:2181": func(c net.Conn) {
				next(c)
				c.Write(connectResponse(T, 1))
				next(c)
				c.Write(reply(xidAuth, code))
				if code == 0 {
					serveRequests(c)
				}
			}}}
			c := z.connect(t, h, Auth{"digest", []byte("user:secret")})
			time.Sleep(3 * T)
			c.Close()
			said := append(slices.Clone(c.log.all), h.Errors())
			if text := strings.Join(said, "\n"); strings.Contains(text, "secret") || len(said) < 3 {
				t.Errorf("the log is\n%s", text)
			}
			if refused := strings.Contains(h.Errors(), zk.ErrAuthFailed.Error()); refused != (code != 0) {
				t.Errorf("with code %d the errors are %s", code, h.Errors())
			}
		})
	}
}
