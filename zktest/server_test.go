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

// An hour with a session that is held takes about 20 ms of an idle machine. The bound is for a busy one under the race
// detector.
func TestAnHourTakesMilliseconds(t *testing.T) {
	start := time.Now()
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
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("an hour took %v", took)
	} else {
		t.Logf("an hour took %v", took)
	}
}
