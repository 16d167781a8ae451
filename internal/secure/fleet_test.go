package secure

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/realzk"
)

// TestFleet: with TLS, client certificates and ACLs, three instances have one leader among them, through expiries and
// restarts of the server.
func TestFleet(t *testing.T) {
	beside(t)
	srv, err := realzk.Start(append(options(), realzk.TickTime(500*time.Millisecond))...)
	unavailable(t, err)
	defer srv.Close()
	rounds := 1
	if *full {
		rounds = 10
	}
	c := config(t, srv)
	c.SessionTimeout = T / 2
	f := &fleet{t: t, ways: make(map[*zookeeper.Coordinator]*realzk.Proxy)}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for i := range 3 {
		way, err := realzk.NewProxy(srv.SecureAddr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(way.Close)
		c.ID, c.Servers = fmt.Sprint(i), []string{way.Addr()}
		zc := start(t, c)
		f.ways[zc] = way
		working.Go(func() { // ends with ctx
			err := zc.App.Lead(ctx, "notifier", func(l *zookeeper.Leadership) error { return f.work(zc, l) })
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	defer working.Wait()
	defer cancel()
	var rows table
	restarted, expired := rows.row("server restarted"), rows.row("leader cut off until its session expires")
	kept := 0
	for range rounds {
		took, same := f.restart(srv)
		if restarted.took = max(restarted.took, took); same {
			kept++
		}
		expired.took = max(expired.took, f.expire())
	}
	restarted.text = fmt.Sprintf("%d times, leadership kept in %d and passed on in the others", rounds, kept)
	expired.text = fmt.Sprintf("%d times, leadership passed on in each", rounds)
	rows.print("A fleet of three with TLS, client certificates and ACLs: how long at most until one led again")
	f.private(srv, c)
}

type fleet struct {
	t    *testing.T
	ways map[*zookeeper.Coordinator]*realzk.Proxy // of each to the server
	busy atomic.Int32

	mu    sync.Mutex
	term  int64 // of whoever works, or worked last
	leads *zookeeper.Coordinator
}

// work is done by one at a time, in terms that grow.
func (f *fleet) work(zc *zookeeper.Coordinator, l *zookeeper.Leadership) error {
	if f.busy.Add(1) > 1 {
		f.t.Error("two work at once")
	}
	defer f.busy.Add(-1)
	f.mu.Lock()
	if l.Term() <= f.term {
		f.t.Errorf("term %d after %d", l.Term(), f.term)
	}
	f.term, f.leads = l.Term(), zc
	f.mu.Unlock()
	<-l.Context().Done()
	f.mu.Lock()
	f.leads = nil
	f.mu.Unlock()
	return l.Context().Err()
}

func (f *fleet) leader() (zc *zookeeper.Coordinator, term int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leads, f.term
}

// settled waits until somebody leads and all are connected.
func (f *fleet) settled() {
	f.t.Helper()
	if err := within(5*T, "one leads and all are connected", func() bool {
		leads, _ := f.leader()
		up := leads != nil
		for zc := range f.ways {
			up = up && zc.App.State() == zookeeper.Connected
		}
		return up
	}); err != nil {
		f.t.Fatal(err)
	}
}

// restart stops the server and starts it again, and reports whether the leader is the same.
func (f *fleet) restart(srv *realzk.Server) (took time.Duration, kept bool) {
	f.t.Helper()
	f.settled()
	_, before := f.leader()
	begun := time.Now()
	for _, do := range []func() error{srv.Stop, srv.StartAgain} {
		if err := do(); err != nil {
			f.t.Fatal(err)
		}
	}
	f.settled()
	_, after := f.leader()
	return time.Since(begun), before == after
}

// expire cuts the leader off until another one leads.
func (f *fleet) expire() (took time.Duration) {
	f.t.Helper()
	cut, before := f.leader()
	begun := time.Now()
	f.ways[cut].Cut()
	if err := within(5*T, "another one leads", func() bool {
		leads, after := f.leader()
		return leads != nil && after > before
	}); err != nil {
		f.t.Error(err)
	}
	took = time.Since(begun)
	f.ways[cut].Heal()
	f.settled()
	return took
}

// private checks that nobody else can get at the fleet's nodes, after all that.
func (f *fleet) private(srv *realzk.Server, c zookeeper.Config) {
	f.t.Helper()
	out, in := outsider(f.t, srv, nil, ""), outsider(f.t, srv, nil, user+":"+password)
	queue := path.Join(c.RootPath, "notifier")
	names, _, err := in.Children(queue)
	if err != nil || len(names) == 0 {
		f.t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		node := path.Join(queue, name)
		if acl, _, err := in.GetACL(node); errors.Is(err, zk.ErrNoNode) {
			continue // somebody has just left
		} else if err != nil || len(acl) != 1 || acl[0] != c.ACL[0] {
			f.t.Errorf("ACL of %s: %v, %v", node, acl, err)
		}
		shutOut(f.t, "nobody", out, node)
	}
}
