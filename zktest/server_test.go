package zktest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quiet keeps go-zookeeper from writing to the test's output.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// client connects to s and waits for a session.
func client(t *testing.T, s *Server, servers []string, timeout time.Duration, dial zk.Dialer) (*zk.Conn, <-chan zk.Event) {
	t.Helper()
	options := zk.WithLogger(quiet{})
	c, events, err := zk.Connect(servers, timeout, options, zk.WithDialer(dial))
	if err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.State == zk.StateHasSession {
			return c, events
		}
	}
	t.Fatal("no session")
	return nil, nil
}

// finish closes a client and waits until it is gone.
func finish(c *zk.Conn, events <-chan zk.Event) {
	c.Close()
	for range events {
	}
}

func TestAnHourTakesMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := RunT(t, InMemory(), Members(3))
		c, events := client(t, s, s.Addrs(), 6*time.Second, s.DialTimeout)
		id := c.SessionID()
		time.Sleep(time.Hour)
		if got := s.Requests(OpPing); got < 1700 {
			t.Errorf("%d pings in an hour", got)
		}
		if c.SessionID() != id || c.State() != zk.StateHasSession {
			t.Errorf("session %x became %x, %v", id, c.SessionID(), c.State())
		}
		finish(c, events)
	})
}
