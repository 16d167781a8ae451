package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
)

// The defects known in the field. Each is a story that ends well with this library; told with go-zookeeper's own Lock
// in its place it ends badly, which is what shows that the story is the right one.

// member takes part in a story.
type member struct {
	lock    locker
	net     network
	session func() int64 // the live one's id, or 0
	create  func(path string) (string, error)
}

type locker interface {
	Lock() error
	Unlock() error
}

// ours is an instance that uses this library.
func ours(w *world, id string) *member {
	i := w.start(id)
	return &member{
		lock: i.App.Zookeeper.NewLock(w.root + "/lock"),
		net:  i.net,
		session: func() int64 {
			if i.App.State() != zookeeper.Connected {
				return 0
			}
			return i.Stats().SessionID
		},
		create: func(path string) (string, error) {
			return i.App.Zookeeper.Create(path, nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
		},
	}
}

// theirs is one that uses go-zookeeper alone, as Burrow does.
func theirs(w *world, id string) *member {
	net := w.server.connect(id)
	// Three servers, as it were: with fewer it drops what is queued at every failed dial.
	conn := w.dial(net, 4*time.Second, net.addr(), net.addr(), net.addr())
	m := &member{
		lock: zk.NewLock(conn, w.root+"/lock", zk.WorldACL(zk.PermAll)),
		net:  net,
		session: func() int64 {
			if conn.State() != zk.StateHasSession {
				return 0
			}
			return conn.SessionID()
		},
		create: func(path string) (name string, err error) {
			err = zk.ErrNoServer // so it says of what was queued when it has tried all servers, and then rests
			for err == zk.ErrNoServer {
				name, err = conn.Create(path, nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
			}
			return name, err
		},
	}
	w.eventually(5*time.Second, "a session", func() bool { return m.session() != 0 })
	if _, err := conn.Create(w.root, nil, 0, zk.WorldACL(zk.PermAll)); err != nil && err != zk.ErrNodeExists {
		w.Fatal(err)
	}
	return m
}

// tell runs a story, which returns what went wrong, with both.
func tell(t *testing.T, story func(w *world, join func(id string) *member) error) {
	t.Run("ours", func(t *testing.T) {
		everywhere(t, func(t *testing.T, w *world) {
			if err := story(w, func(id string) *member { return ours(w, id) }); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("go-zookeeper", func(t *testing.T) {
		everywhere(t, func(t *testing.T, w *world) {
			err := story(w, func(id string) *member { return theirs(w, id) })
			if err == nil {
				t.Fatal("ends well with go-zookeeper's own Lock: this story tells nothing")
			}
			t.Logf("go-zookeeper: %v", err)
		})
	})
}

// in returns f's error, a panic turned into one, or that it took too long.
func in(limit time.Duration, what string, f func() error) error {
	select {
	case err := <-go1(func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%s: panic: %v", what, r)
			}
		}()
		return f()
	}):
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s: not within %v", what, limit)
	}
}

// persist locks as Burrow's modules do: after an error, again.
func (m *member) persist() error {
	return in(8*time.Second, "lock", func() error {
		for deadline := time.Now().Add(8 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			if err := m.lock.Lock(); err == nil || time.Now().After(deadline) {
				return err
			}
		}
	})
}

// renewed waits for another session than the given one.
func (m *member) renewed(w *world, old int64) {
	w.Helper()
	w.eventually(15*time.Second, "a new session", func() bool { id := m.session(); return id != 0 && id != old })
}

func TestLostReplyToTheCreateLeavesNoOrphan(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a := join("a")
		foreign(w, "lock") // the lock's node is there: else the reply that is lost says that it is not
		lost := a.net.LoseLockCreate(a.net.Refuse)
		locked := go1(a.persist)
		returns(w, 5*time.Second, "the reply is lost", lost)
		time.AfterFunc(1500*time.Millisecond, a.net.Heal) // the session lives on
		if err := <-locked; err != nil {
			return err
		}
		conn := w.client()
		if err := in(3*time.Second, "one node", func() error {
			for len(w.contenders(conn, "lock")) != 1 {
				time.Sleep(10 * time.Millisecond)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := a.lock.Unlock(); err != nil {
			return err
		}
		return in(2*time.Second, "the next one's lock", join("b").lock.Lock)
	})
}

func TestLostReplyBesideAForeignNode(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a := join("a")
		foreign(w, "lock", "_c_x")
		a.net.LoseLockCreate(nil)
		return in(5*time.Second, "lock", a.lock.Lock)
	})
}

func TestForeignNodesAreNoContenders(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a := join("a")
		foreign(w, "lock", "_c_x", "junk", "lock-", "x-lock-12x", "0000000000")
		if err := in(2*time.Second, "lock", a.lock.Lock); err != nil {
			return err
		}
		return a.lock.Unlock()
	})
}

func foreign(w *world, name string, children ...string) {
	w.Helper()
	conn := w.client()
	for _, node := range append([]string{""}, children...) {
		if _, err := conn.Create(path.Join(w.root, name, node), nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			w.Fatal(err)
		}
	}
}

func TestUnlockAfterExpiry(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a := join("a")
		if err := a.lock.Lock(); err != nil {
			return err
		}
		old, password := a.net.session()
		if err := w.server.expire(old, password); err != nil {
			w.Fatal(err)
		}
		a.net.Reset()
		a.renewed(w, old)
		if err := a.lock.Unlock(); err != nil {
			return fmt.Errorf("unlock: %w", err)
		}
		if err := a.lock.Unlock(); !errors.Is(err, zk.ErrNotLocked) {
			return fmt.Errorf("second unlock: %v", err)
		}
		return a.lock.Lock()
	})
}

func TestOwnNodeMissingFromTheListing(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a, b := join("a"), join("b")
		conn := w.client()
		if err := a.lock.Lock(); err != nil {
			return err
		}
		held := w.contenders(conn, "lock")[0]
		locked := go1(b.lock.Lock)
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(conn, "lock")) == 2 })
		for _, name := range w.contenders(conn, "lock") {
			if name != held {
				if err := conn.Delete(path.Join(w.root, "lock", name), -1); err != nil {
					w.Fatal(err)
				}
			}
		}
		if err := a.lock.Unlock(); err != nil {
			return err
		}
		if err := returns(w, 5*time.Second, "b's turn", locked); err != nil {
			return err
		}
		if n := len(w.contenders(conn, "lock")); n != 1 {
			return fmt.Errorf("b holds the lock with %d nodes in the queue", n)
		}
		return nil
	})
}

func TestRequestDoesNotRunInAnotherSession(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a := join("a")
		old, password := a.net.session()
		a.net.Refuse()
		a.net.Reset()
		w.eventually(5*time.Second, "suspended", func() bool { return a.session() == 0 })
		created := go1(func() error { _, err := a.create(w.root + "/ephemeral"); return err })
		if err := w.server.expire(old, password); err != nil {
			w.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond, a.net.Heal)
		a.renewed(w, old)
		err := returns(w, 5*time.Second, "create", created)
		exists, _, readErr := w.client().Exists(w.root + "/ephemeral")
		if readErr != nil {
			w.Fatal(readErr)
		}
		if err == nil || exists {
			return fmt.Errorf("made in one session, it ran in the next: error %v, node exists %v", err, exists)
		}
		return nil
	})
}

// Burrow's coordinator reads its session events off a channel of six, which it shares with every watch event.
func TestSessionEventsBehindABurstOfWatchEvents(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		const watches = 1000
		i := w.start("a")
		net := w.server.connect("theirs")
		conn, events, err := zk.Connect([]string{net.addr()}, 4*time.Second, zk.WithLogger(quiet{}),
			zk.WithDialer(dialer(net)), zk.WithHostProvider(new(names)))
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			conn.Close()
			for range events {
			}
		}()
		w.eventually(5*time.Second, "a session", func() bool { return conn.State() == zk.StateHasSession })
		for len(events) > 0 {
			<-events
		}
		for n := range watches {
			node := fmt.Sprintf("%s/%d", w.root, n)
			if _, _, _, err := i.App.Zookeeper.ExistsW(node); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := conn.ExistsW(node); err != nil {
				t.Fatal(err)
			}
		}
		session, err := i.App.Session(context.Background())
		if err != nil {
			t.Fatal(err)
		}

		writer := w.client()
		for n := range watches {
			node := fmt.Sprintf("%s/%d", w.root, n)
			if _, err := writer.Create(node, nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll)); err != nil {
				t.Fatal(err)
			}
		}
		i.expire()
		i.net.Reset()
		returns(w, 5*time.Second, "the session's end", session.Done())
		if _, err := i.App.Session(context.Background()); err != nil {
			t.Fatal(err)
		}

		id, password := net.session()
		if err := w.server.expire(id, password); err != nil {
			t.Fatal(err)
		}
		net.Reset()
		w.eventually(10*time.Second, "go-zookeeper's new session", func() bool {
			return conn.State() == zk.StateHasSession && conn.SessionID() != id
		})
		for len(events) > 0 {
			if ev := <-events; ev.State == zk.StateExpired {
				t.Fatal("go-zookeeper's channel delivers the expiry: this story tells nothing")
			}
		}
	})
}

func TestLockWaitsOutALostConnection(t *testing.T) {
	tell(t, func(w *world, join func(string) *member) error {
		a, b := join("a"), join("b")
		if err := a.lock.Lock(); err != nil {
			return err
		}
		conn := w.client()
		locked := go1(b.lock.Lock)
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(conn, "lock")) == 2 })
		b.net.Refuse()
		b.net.Reset()
		w.eventually(5*time.Second, "b is suspended", func() bool { return b.session() == 0 })
		again := go1(func() error { return in(5*time.Second, "another lock", b.lock.Lock) })
		b.net.Heal()
		if err := a.lock.Unlock(); err != nil {
			return err
		}
		if err := returns(w, 5*time.Second, "b's turn", locked); err != nil {
			return err
		}
		if err := <-again; !errors.Is(err, zk.ErrDeadlock) {
			return fmt.Errorf("a second Lock of the same lock: %v", err)
		}
		return nil
	})
}

func TestLockOnAPathThatIsNone(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		for _, bad := range []string{"", "lock", "/lock/", "/a//b", "/a/../b", "/a\x00"} {
			err := i.App.Zookeeper.NewLock(bad).Lock()
			if !errors.Is(err, zookeeper.ErrConfig) || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
				t.Errorf("lock %q: %v", bad, err)
			}
			if _, err := i.App.Campaign(context.Background(), bad); bad != "lock" && bad != "" && !errors.Is(err, zookeeper.ErrConfig) {
				t.Errorf("campaign %q: %v", bad, err)
			}
		}
	})
}
