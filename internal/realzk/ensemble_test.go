package realzk

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// TestEnsemble goes through an ensemble's verbs on one ensemble: to start one costs more than all of them. Each
// part leaves it whole. Ticks are short: a server that hears nothing from the others gives up after syncLimit (5).
func TestEnsemble(t *testing.T) {
	t.Parallel()
	const tick = 400 * time.Millisecond
	began := time.Now()
	e := RunEnsemble(t, TickTime(tick))
	t.Logf("up after %s", time.Since(began).Round(time.Millisecond))

	t.Run("only proxies reach the servers", func(t *testing.T) { onlyProxiesReach(t, e) })
	t.Run("a follower cut off", func(t *testing.T) {
		leader := quorum(t, e)
		follower := (leader + 1) % members
		drops := cutOff(t, e, follower, 5*tick)
		if now := quorum(t, e); now != leader {
			t.Fatalf("leader was %d, is %d", leader, now)
		}
		t.Logf("it dropped its client after %s", drops)
	})
	t.Run("the leader cut off", func(t *testing.T) {
		leader := quorum(t, e)
		drops := cutOff(t, e, leader, 5*tick)
		if now := quorum(t, e); now == leader {
			t.Fatalf("server %d leads on", leader)
		}
		t.Logf("it dropped its client after %s", drops)
	})
	t.Run("the leader killed", func(t *testing.T) {
		leader := quorum(t, e)
		ok(t, e.Kill(leader))
		killed := time.Now()
		if now := quorum(t, e); now == leader {
			t.Fatalf("server %d leads on", leader)
		}
		t.Logf("another led after %s", time.Since(killed).Round(time.Millisecond))
		onlyProxiesReach(t, e)
		ok(t, e.StartAgain(leader))
		whole(t, e)
	})
	t.Run("all killed", func(t *testing.T) {
		for i := range members {
			ok(t, e.Kill(i))
		}
		if leader, err := e.Leader(); !errors.Is(err, ErrNoQuorum) {
			t.Fatalf("server %d leads, %v", leader, err)
		}
		for i := range members {
			ok(t, e.StartAgain(i))
		}
		whole(t, e)
	})
	t.Run("a follower frozen", func(t *testing.T) {
		leader := quorum(t, e)
		follower := (leader + 1) % members
		ok(t, e.Freeze(follower))
		if now := quorum(t, e); now != leader {
			t.Fatalf("leader was %d, is %d", leader, now)
		}
		ok(t, e.Thaw(follower))
		whole(t, e)
	})
	t.Run("elect", func(t *testing.T) {
		old := quorum(t, e)
		now, err := e.Elect(within(t, time.Minute))
		if err != nil || now == old || now != quorum(t, e) {
			t.Fatalf("leader was %d, is %d, %v", old, now, err)
		}
	})
	t.Run("the links of a client", func(t *testing.T) { clientLinks(t, e) })
}

// cutOff cuts server i off with a client on it and returns how long that client was still answered. Nothing can be
// written through the server meanwhile. It heals the server and waits until the ensemble is whole.
func cutOff(t *testing.T, e *Ensemble, i int, syncLimit time.Duration) time.Duration {
	t.Helper()
	links := e.Client(t)
	links.Only(i)
	conn := connectTo(t, links.Addrs())
	if at := links.At(); at != i {
		t.Fatalf("the client is at %d, not at %d", at, i)
	}
	e.IsolateServer(i)
	cut := time.Now()
	written := make(chan error, 1)
	go func() {
		_, err := conn.Create("/written-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
		written <- err
	}()
	// The end of the client's connection at the server is what ends the request.
	err := <-written
	took := time.Since(cut)
	if err == nil {
		t.Fatalf("written through a server that is cut off, after %s", took)
	}
	if took < syncLimit/2 || took > syncLimit+15*time.Second { // the machine may be busy
		t.Errorf("the client was dropped after %s, with a syncLimit of %s", took, syncLimit)
	}
	quorum(t, e)
	e.HealServer(i)
	whole(t, e)
	return took.Round(time.Millisecond)
}

func clientLinks(t *testing.T, e *Ensemble) {
	links := e.Client(t)
	links.Only(1)
	conn := connectTo(t, links.Addrs())
	parent := newNode(t, conn)
	id, _ := links.Session()
	if id != conn.SessionID() || links.At() != 1 {
		t.Fatalf("session 0x%x at %d, the client has 0x%x", id, links.At(), conn.SessionID())
	}

	// The session moves to another server.
	links.Only(2)
	links.Proxy(1).Reset()
	eventually(t, "a reconnect", func() bool { _, _, err := conn.Exists("/"); return err == nil })
	if now, _ := links.Session(); now != id || links.At() != 2 {
		t.Fatalf("session 0x%x became 0x%x at %d", id, now, links.At())
	}

	// A reply is lost wherever the client is, and nobody lets it in until healed.
	links.Heal()
	lost := links.LoseReply(LockCreate, links.Refuse)
	if _, err := conn.Create(parent+"/lock-", nil, zk.FlagEphemeral|zk.FlagSequence, zk.WorldACL(zk.PermAll)); err == nil {
		t.Fatal("the reply arrived")
	}
	<-lost
	links.Heal()
	// A request that is made before the client is let in again may fail.
	var children []string
	list := func() (err error) { children, _, err = conn.Children(parent); return err }
	eventually(t, "an answer", func() bool { return list() == nil })
	if len(children) != 1 {
		t.Fatalf("found %v", children)
	}

	// The session is closed by a third party; its node goes.
	ok(t, links.Expire())
	links.Reset()
	eventually(t, "a new session", func() bool { now, _ := links.Session(); return now != id })
	eventually(t, "an answer", func() bool { return list() == nil })
	if len(children) != 0 {
		t.Fatalf("found %v", children)
	}
}

func quorum(t *testing.T, e *Ensemble) int {
	t.Helper()
	leader, err := e.WaitQuorum(within(t, time.Minute))
	ok(t, err)
	return leader
}

func whole(t *testing.T, e *Ensemble) {
	t.Helper()
	ok(t, e.WaitAll(within(t, time.Minute)))
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
