package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// moreLocker is what the locks of this library have beside Burrow's interface.
type moreLocker interface {
	zookeeper.ZookeeperLock
	LockContext(ctx context.Context) error
	TryLock() (bool, error)
}

func (i *instance) newLock(name string) moreLocker {
	return i.App.Zookeeper.NewLock(path.Join(i.world.root, name)).(moreLocker)
}

func TestLockExcludes(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		const instances, rounds = 4, 25
		var inside, entered int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for n := range instances {
			i := w.start(string(rune('a' + n)))
			lock := i.newLock("lock")
			wg.Go(func() {
				for range rounds {
					if err := lock.Lock(); err != nil {
						t.Errorf("lock: %v", err)
						return
					}
					mu.Lock()
					inside++
					entered++
					if inside != 1 {
						t.Errorf("%d inside", inside)
					}
					mu.Unlock()
					mu.Lock()
					inside--
					mu.Unlock()
					if err := lock.Unlock(); err != nil {
						t.Errorf("unlock: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if entered != instances*rounds {
			t.Errorf("entered %d times", entered)
		}
		if left := w.contenders(w.client(), "lock"); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestLockTwice(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		lock := w.start("a").newLock("lock")
		if err := lock.Unlock(); !errors.Is(err, zookeeper.ErrNotLocked) {
			t.Errorf("unlock before lock: %v", err)
		}
		if err := lock.Lock(); err != nil {
			t.Fatal(err)
		}
		if err := lock.Lock(); !errors.Is(err, zookeeper.ErrDeadlock) {
			t.Errorf("second lock: %v", err)
		}
		if _, err := lock.TryLock(); !errors.Is(err, zookeeper.ErrDeadlock) {
			t.Errorf("try of a held lock: %v", err)
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
		if err := lock.Unlock(); !errors.Is(err, zookeeper.ErrNotLocked) {
			t.Errorf("second unlock: %v", err)
		}
	})
}

func TestTryLock(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a").newLock("lock"), w.start("b").newLock("lock")
		if ok, err := a.TryLock(); !ok || err != nil {
			t.Fatalf("free: %v, %v", ok, err)
		}
		if ok, err := b.TryLock(); ok || err != nil {
			t.Fatalf("taken: %v, %v", ok, err)
		}
		if err := a.Unlock(); err != nil {
			t.Fatal(err)
		}
		if ok, err := b.TryLock(); !ok || err != nil {
			t.Fatalf("free again: %v, %v", ok, err)
		}
		if n := len(w.contenders(w.client(), "lock")); n != 1 {
			t.Errorf("%d nodes", n)
		}
	})
}

func TestLockContextEndsTheWaitAndLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		if err := a.newLock("lock").Lock(); err != nil {
			t.Fatal(err)
		}
		conn := w.client()
		lock := b.newLock("lock")
		ctx, cancel := context.WithCancelCause(context.Background())
		done := go1(func() error { return lock.LockContext(ctx) })
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(conn, "lock")) == 2 })
		cause := errors.New("enough")
		cancel(cause)
		if err := returns(w, time.Second, "LockContext", done); !errors.Is(err, cause) {
			t.Errorf("LockContext: %v", err)
		}
		w.eventually(time.Second, "b's node is gone", func() bool { return len(w.contenders(conn, "lock")) == 1 })
		if err := lock.Unlock(); !errors.Is(err, zookeeper.ErrNotLocked) {
			t.Errorf("unlock: %v", err)
		}

		// Without a connection as well, though the node goes only when that is back.
		ctx, cancel = context.WithCancelCause(context.Background())
		b.net.Refuse()
		b.net.Reset()
		w.eventually(5*time.Second, "suspended", func() bool { return b.App.State() == zookeeper.Suspended })
		done = go1(func() error { return lock.LockContext(ctx) })
		cancel(cause)
		if err := returns(w, time.Second, "LockContext", done); !errors.Is(err, cause) {
			t.Errorf("LockContext: %v", err)
		}
		b.net.Heal()
		w.eventually(5*time.Second, "connected", func() bool { return b.App.State() == zookeeper.Connected })
		w.eventually(time.Second, "one node", func() bool { return len(w.contenders(conn, "lock")) == 1 })
	})
}

func TestUnlockWithoutAConnection(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b := w.start("a"), w.start("b")
		lock := a.newLock("lock")
		if err := lock.Lock(); err != nil {
			t.Fatal(err)
		}
		next := go1(b.newLock("lock").Lock)
		conn := w.client()
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(conn, "lock")) == 2 })
		a.net.Refuse()
		a.net.Reset()
		w.eventually(5*time.Second, "suspended", func() bool { return a.App.State() == zookeeper.Suspended })
		if err := in(time.Second, "unlock", lock.Unlock); err != nil {
			t.Fatal(err)
		}
		a.net.Heal()
		if err := returns(w, 2*time.Second, "b's turn", next); err != nil {
			t.Fatal(err)
		}
		if a.Stats().Expirations != nil {
			t.Error("the session was lost")
		}
	})
}

func TestLockRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		conn := w.client()
		if _, err := conn.Create(w.root+"/closed", nil, 0, zk.WorldACL(zk.PermRead)); err != nil {
			t.Fatal(err)
		}
		if err := i.newLock("closed").Lock(); !errors.Is(err, zk.ErrNoAuth) {
			t.Errorf("nothing may be created: %v", err)
		}
		if _, err := conn.Create(w.root+"/dark", nil, 0, zk.WorldACL(zk.PermCreate|zk.PermDelete)); err != nil {
			t.Fatal(err)
		}
		if err := i.newLock("dark").Lock(); !errors.Is(err, zk.ErrNoAuth) {
			t.Errorf("nothing may be listed: %v", err)
		}
		// What was created before the refusal is gone again. Only the owner of a digest may look.
		w.eventually(5*time.Second, "no node left", func() bool {
			_, stat, err := conn.Exists(w.root + "/dark")
			return err == nil && stat.NumChildren == 0
		})
	})
}

func TestLockBehindANodeThatMayNotBeRead(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		foreign(w, "lock")
		conn := w.client()
		ahead, err := conn.Create(w.root+"/lock/_c_0123-lock-", nil, zk.FlagEphemeralSequential, zk.WorldACL(zk.PermDelete))
		if err != nil {
			t.Fatal(err)
		}
		locked := go1(i.newLock("lock").Lock)
		w.eventually(5*time.Second, "in the queue", func() bool { return len(w.contenders(conn, "lock")) == 2 })
		select {
		case err := <-locked:
			t.Fatalf("lock, with another ahead: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		if err := conn.Delete(ahead, -1); err != nil {
			t.Fatal(err)
		}
		if err := returns(w, 5*time.Second, "the turn", locked); err != nil {
			t.Fatal(err)
		}
	})
}

// TestTooManyLocks: a session takes no more locks than the transaction that ends it can list, and is free of those that
// it has given up, or not got.
func TestTooManyLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &virtual{zktest.RunT(t, zktest.InMemory())})
		i := w.start("a")
		long := strings.Repeat("x", 99_000)
		var held []moreLocker
		for n := range 10 {
			lock := i.newLock(fmt.Sprint(n, "-", long))
			if err := lock.Lock(); err != nil {
				t.Fatalf("lock %d: %v", n, err)
			}
			held = append(held, lock)
		}
		more := i.newLock("more-" + long)
		for range 3 {
			if err := more.Lock(); !errors.Is(err, zookeeper.ErrTooManyLocks) {
				t.Errorf("one lock more than a megabyte of paths: %v", err)
			}
		}
		for _, lock := range held {
			if err := lock.Unlock(); err != nil {
				t.Error(err)
			}
		}
		for range 30 {
			if err := more.Lock(); err != nil {
				t.Fatalf("with the others released: %v", err)
			}
			if err := more.Unlock(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
