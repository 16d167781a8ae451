package zookeeper

import (
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/zktest"
)

// TestLateAlarm: the end of the wait for a connection, if it comes just as there is one again, means nothing any more,
// not even while the connection is lost once more; but it means what it says in its own time.
func TestLateAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zc, net := connected(t)
		defer zc.Stop()
		suspend := func() *status {
			net.Mute() // for the connections to come
			net.ResetConnections()
			time.Sleep(10 * time.Millisecond) // until that is heard
			st := zc.App.current.Load()
			if st.state != Suspended {
				t.Fatalf("without a connection: %v", st.state)
			}
			return st
		}
		alarm := func(st *status) {
			zc.queue.put(event{session: st.session, kind: expired, cause: ErrSuspended, during: st})
			synctest.Wait()
		}
		first := suspend()
		net.Heal()
		time.Sleep(time.Second)
		if alarm(first); zc.App.State() != Connected {
			t.Errorf("after the connection came back: %v", zc.App.State())
		}
		second := suspend()
		if alarm(first); zc.App.State() != Suspended {
			t.Errorf("after the connection was lost again: %v", zc.App.State())
		}
		if alarm(second); zc.App.State() != Expired {
			t.Errorf("in its own time: %v", zc.App.State())
		}
		net.Heal()
	})
}

// connected returns a coordinator that has started, and its network.
func connected(t *testing.T) (*Coordinator, *zktest.Client) {
	t.Helper()
	server := zktest.RunT(t, zktest.InMemory())
	net := server.Client("a")
	zc := &Coordinator{Config: Config{Servers: server.Addrs(), Dial: net.Dial}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		t.Fatal(err)
	}
	return zc, net
}
