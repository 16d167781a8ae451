package zookeeper_test

import (
	"context"
	"errors"
	"path"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

func TestLeadershipPassesOn(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		ctx := context.Background()
		if info, err := b.App.Leader(ctx, "job"); !errors.Is(err, zookeeper.ErrNoLeader) {
			t.Errorf("nobody leads: %+v, %v", info, err)
		}
		first := a.mustCampaign("job")
		if !first.Valid() || first.Context().Err() != nil || first.Term() == 0 {
			t.Fatalf("valid %v, context %v, term %d", first.Valid(), first.Context().Err(), first.Term())
		}
		if left := time.Until(first.Deadline()); left <= 0 || left > 4*time.Second*2/3 {
			t.Errorf("deadline in %v", left)
		}
		if info, err := b.App.Leader(ctx, "job"); err != nil || info != (zookeeper.LeaderInfo{ID: "a", Term: first.Term()}) {
			t.Errorf("leader %+v, %v", info, err)
		}

		next := go1(func() *zookeeper.Leadership { return b.mustCampaign("job") })
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(w.client(), "job")) == 2 })
		for range 2 {
			if err := first.Resign(); err != nil {
				t.Fatal(err)
			}
		}
		if first.Valid() || !errors.Is(context.Cause(first.Context()), zookeeper.ErrResigned) || !first.Deadline().IsZero() {
			t.Errorf("after Resign: valid %v, cause %v, deadline %v", first.Valid(), context.Cause(first.Context()), first.Deadline())
		}
		second := returns(w, time.Second, "b leads", next)
		if second.Term() <= first.Term() {
			t.Errorf("term %d after %d", second.Term(), first.Term())
		}
		if info, err := a.App.Leader(ctx, "job"); err != nil || info.ID != "b" {
			t.Errorf("leader %+v, %v", info, err)
		}
		if got := a.Stats(); got.Won != 1 || got.Leading != 0 || got.Lost[zookeeper.CauseResigned] != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestGuard(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		l := a.mustCampaign("job")
		node := w.root + "/state"
		world := zk.WorldACL(zk.PermAll)

		responses, err := l.Guard(&zk.CreateRequest{Path: node, Data: []byte("1"), Acl: world},
			&zk.SetDataRequest{Path: node, Data: []byte("2"), Version: 0})
		if err != nil || len(responses) != 2 || responses[0].String != node || responses[1].Stat.Version != 1 {
			t.Fatalf("%+v, %v", responses, err)
		}
		responses, err = l.Guard(&zk.SetDataRequest{Path: node, Data: []byte("3"), Version: 7}, &zk.DeleteRequest{Path: node, Version: -1})
		if !errors.Is(err, zk.ErrBadVersion) || errors.Is(err, zookeeper.ErrNotLeader) || len(responses) != 2 ||
			!errors.Is(responses[0].Error, zk.ErrBadVersion) {
			t.Fatalf("%+v, %v", responses, err)
		}
		if _, err := l.Guard("nonsense"); err == nil {
			t.Fatal("an operation of no kind")
		}
		if _, err := l.Guard(); err != nil {
			t.Fatalf("no operation: %v", err)
		}

		// Once another leads, nothing gets through; also not where nobody has told us yet.
		a.net.Cut()
		late := go1(func() error { _, err := l.Guard(&zk.DeleteRequest{Path: node, Version: -1}); return err })
		next := b.mustCampaign("job")
		if l.Valid() {
			t.Error("two valid leaders")
		}
		a.net.Heal()
		if err := returns(w, 5*time.Second, "Guard", late); err == nil {
			t.Error("a guard of an old term succeeded")
		}
		if _, err := l.Guard(&zk.DeleteRequest{Path: node, Version: -1}); !errors.Is(err, zookeeper.ErrNotLeader) ||
			!errors.Is(err, zookeeper.ErrTrustLapsed) {
			t.Errorf("guard after the term: %v", err)
		}
		if _, err := next.Guard(&zk.SetDataRequest{Path: node, Data: []byte("4"), Version: 1}); err != nil {
			t.Error(err)
		}
	})
}

func TestLockNodeDeletedByAnOperator(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		conn := w.client()
		l := i.mustCampaign("job")
		node := path.Join(w.root, "job", w.contenders(conn, "job")[0])
		if _, err := conn.Set(node, []byte("touched"), -1); err != nil { // of no consequence
			t.Fatal(err)
		}
		if _, err := l.Guard(); err != nil || !l.Valid() {
			t.Fatalf("guard after a change of the data: %v", err)
		}
		if err := conn.Delete(node, -1); err != nil {
			t.Fatal(err)
		}
		deleted := time.Now()
		<-l.Context().Done()
		if took := time.Since(deleted); took > 100*time.Millisecond {
			t.Errorf("told after %v", took)
		}
		if cause := context.Cause(l.Context()); !errors.Is(cause, zookeeper.ErrLockDeleted) || l.Valid() {
			t.Errorf("cause %v, valid %v", cause, l.Valid())
		}
		if _, err := l.Guard(); !errors.Is(err, zookeeper.ErrNotLeader) || !errors.Is(err, zookeeper.ErrLockDeleted) {
			t.Errorf("guard: %v", err)
		}
		if i.App.State() != zookeeper.Connected {
			t.Errorf("the session was given up: %v", i.App.State())
		}
		if again := i.mustCampaign("job"); again.Term() <= l.Term() {
			t.Errorf("term %d after %d", again.Term(), l.Term())
		}
	})
}

func TestSilenceEndsTrustBeforeTheSession(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		l := a.mustCampaign("job")
		session, err := a.App.Session(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		next := go1(func() time.Time { b.mustCampaign("job"); return time.Now() })
		a.net.Cut()
		<-l.Context().Done()
		ended := time.Now()
		<-session.Done()
		if cause := context.Cause(session); !errors.Is(cause, zookeeper.ErrTrustLapsed) {
			t.Errorf("cause %v", cause)
		}
		if a.App.Connected() || l.Valid() {
			t.Errorf("connected %v, valid %v", a.App.Connected(), l.Valid())
		}
		if began := returns(w, 15*time.Second, "b leads", next); began.Before(ended) {
			t.Errorf("b led %v before a's term ended", ended.Sub(began))
		} else {
			t.Logf("a's term ended %v before b's began", began.Sub(ended))
		}
		a.net.Heal()
		if _, err := a.App.Session(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAResetKeepsLeadership(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		l := a.mustCampaign("job")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		waiting := go1(func() error { _, err := b.App.Campaign(ctx, "job"); return err })
		for range 10 {
			before := a.Stats().Reconnects + b.Stats().Reconnects
			a.net.Reset()
			b.net.Reset()
			w.eventually(5*time.Second, "both reconnect", func() bool {
				return a.Stats().Reconnects+b.Stats().Reconnects == before+2
			})
		}
		if !l.Valid() || len(waiting) != 0 {
			t.Fatalf("valid %v, cause %v", l.Valid(), context.Cause(l.Context()))
		}
		if err := l.Resign(); err != nil {
			t.Fatal(err)
		}
		if err := returns(w, time.Second, "b leads", waiting); err != nil { // no wake-up was lost
			t.Fatal(err)
		}
	})
}

func TestLeadRunsWorkForEveryTerm(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		ctx, cancel := context.WithCancel(context.Background())
		terms := make(chan *zookeeper.Leadership)
		done := go1(func() error {
			return i.App.Lead(ctx, "job", func(l *zookeeper.Leadership) error {
				terms <- l
				<-l.Context().Done()
				return l.Context().Err()
			})
		})
		first := returns(w, 5*time.Second, "the first term", terms)
		i.expire()
		i.net.Reset()
		second := returns(w, 5*time.Second, "the second term", terms)
		if first.Valid() || second.Term() <= first.Term() {
			t.Errorf("term %d after %d, valid %v", second.Term(), first.Term(), first.Valid())
		}
		cancel()
		if err := returns(w, 5*time.Second, "Lead", done); !errors.Is(err, context.Canceled) {
			t.Errorf("Lead: %v", err)
		}
		if cause := context.Cause(second.Context()); !errors.Is(cause, context.Canceled) {
			t.Errorf("cause %v", cause)
		}
		if left := w.contenders(w.client(), "job"); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestLeadEndsWithItsWork(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		failure := errors.New("failed")
		for _, result := range []error{nil, failure} {
			err := i.App.Lead(context.Background(), "job", func(*zookeeper.Leadership) error { return result })
			if !errors.Is(err, result) {
				t.Errorf("Lead: %v, want %v", err, result)
			}
		}
		func() {
			defer func() {
				if r := recover(); r != "oops" {
					t.Errorf("recovered %v", r)
				}
			}()
			i.App.Lead(context.Background(), "job", func(*zookeeper.Leadership) error { panic("oops") })
		}()
		if left := w.contenders(w.client(), "job"); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestStopWaitsForWorkThenHandsOver(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		leading := make(chan struct{})
		var ended time.Time
		done := go1(func() error {
			return a.App.Lead(context.Background(), "job", func(l *zookeeper.Leadership) error {
				close(leading)
				<-l.Context().Done()
				time.Sleep(300 * time.Millisecond) // the last of its work
				ended = time.Now()
				return nil
			})
		})
		<-leading
		next := go1(func() time.Time { b.mustCampaign("job"); return time.Now() })
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(w.client(), "job")) == 2 })
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := returns(w, time.Second, "Lead", done); !errors.Is(err, zookeeper.ErrStopped) {
			t.Errorf("Lead: %v", err)
		}
		began := returns(w, time.Second, "b leads", next)
		if gap := began.Sub(ended); gap < 0 || gap > 100*time.Millisecond {
			t.Errorf("b led %v after a's work ended", gap)
		}
	})
}

func TestStopGivesUpOnWorkThatDoesNotReturn(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.configure("a")
		i.Config.DrainTimeout = 200 * time.Millisecond
		i.Configure()
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		leading, finish := make(chan struct{}), make(chan struct{})
		done := go1(func() error {
			return i.App.Lead(context.Background(), "job", func(*zookeeper.Leadership) error {
				close(leading)
				<-finish
				return nil
			})
		})
		<-leading
		for range 2 {
			if err := i.Stop(); !errors.Is(err, zookeeper.ErrDrainTimeout) {
				t.Fatalf("Stop: %v", err)
			}
		}
		if n := len(w.contenders(w.client(), "job")); n != 1 {
			t.Errorf("%d lock nodes while the work still runs", n) // it goes with its session
		}
		close(finish)
		if err := returns(w, time.Second, "Lead", done); !errors.Is(err, zookeeper.ErrStopped) {
			t.Errorf("Lead: %v", err)
		}
	})
}

// TestGuardIsToldThatItWasLate: also where the news of the end comes before the answer.
func TestGuardIsToldThatItWasLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		a := newWorld(t, &virtual{server}).start("a")
		l := a.mustCampaign("job")
		queue := a.world.root + "/job"
		a.net.(*inMemory).Delay(100 * time.Millisecond)
		if err := server.Delete(server.Nodes(queue)[1].Path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		_, err := l.Guard(&zk.SetDataRequest{Path: a.world.root, Data: []byte("late"), Version: -1})
		if !errors.Is(err, zookeeper.ErrNotLeader) || !errors.Is(err, zookeeper.ErrLockDeleted) {
			t.Errorf("the error is %v", err)
		}
	})
}
