package zookeeper_test

import (
	"context"
	"errors"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// element is what an observer was yielded.
type element struct {
	zookeeper.LeaderInfo
	err error
}

// watcher ranges over Observe in a goroutine of its own, until stop or the test's end.
type watcher struct {
	w    *world
	seen chan element // closed when the iteration has ended
	stop context.CancelFunc
}

func (i *instance) observe(name string) *watcher {
	i.world.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := &watcher{w: i.world, seen: make(chan element, 100), stop: cancel}
	go func() {
		defer close(o.seen)
		for info, err := range i.App.Observe(ctx, name) {
			o.seen <- element{info, err}
		}
	}()
	i.world.Cleanup(func() {
		cancel()
		for range o.seen {
		}
	})
	return o
}

// sees waits for the next element, which is to name a leader; "" for nobody.
func (o *watcher) sees(id string) zookeeper.LeaderInfo {
	o.w.Helper()
	e := returns(o.w, 20*time.Second, "an observer sees "+id, o.seen)
	if e.ID != id || (id == "") != errors.Is(e.err, zookeeper.ErrNoLeader) || id != "" && e.err != nil {
		o.w.Fatalf("an observer saw %+v, want %q", e, id)
	}
	return e.LeaderInfo
}

// ends waits for the end of the iteration, with that error as the last element; nil for none.
func (o *watcher) ends(with error) {
	o.w.Helper()
	if with != nil {
		if e := returns(o.w, 20*time.Second, "an observer is refused", o.seen); !errors.Is(e.err, with) || e.ID != "" {
			o.w.Fatalf("an observer saw %+v, want %v", e, with)
		}
	}
	if e := returns(o.w, 5*time.Second, "an observer ends", o.seen); e != (element{}) {
		o.w.Fatalf("an observer saw %+v, want the end", e)
	}
}

func (o *watcher) seesNothing() {
	o.w.Helper()
	if len(o.seen) > 0 {
		o.w.Fatalf("an observer saw %+v, want nothing", <-o.seen)
	}
}

func TestObserve(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b, onlooker := w.start("a"), w.start("b"), w.start("onlooker")
		conn := w.client()
		o := onlooker.observe("job") // there is not even a queue
		o.sees("")

		l := a.mustCampaign("job")
		if info := o.sees("a"); info.Term != l.Term() {
			t.Errorf("term %d, want %d", info.Term, l.Term())
		}
		next := go1(func() *zookeeper.Leadership { return b.mustCampaign("job") })
		w.eventually(5*time.Second, "b queues", func() bool { return len(w.contenders(conn, "job")) == 2 })
		late := b.observe("job") // knows who is next
		late.sees("a")

		// A change of the data is no change of the leader.
		node := path.Join(w.root, "job", w.first(conn, "job"))
		if _, err := conn.Set(node, []byte("a, renamed"), -1); err != nil {
			t.Fatal(err)
		}
		if info := o.sees("a, renamed"); info.Term != l.Term() {
			t.Errorf("term %d, want %d", info.Term, l.Term())
		}
		late.sees("a, renamed")

		if err := l.Resign(); err != nil {
			t.Fatal(err)
		}
		second := returns(w, 5*time.Second, "b leads", next)
		if info := o.sees("b"); info.Term != second.Term() {
			t.Errorf("term %d, want %d", info.Term, second.Term())
		}
		late.sees("b")

		// An empty queue, and one that is no more.
		if err := second.Resign(); err != nil {
			t.Fatal(err)
		}
		o.sees("")
		if err := conn.Delete(path.Join(w.root, "job"), -1); err != nil {
			t.Fatal(err)
		}
		third := a.mustCampaign("job")
		if info := o.sees("a"); info.Term != third.Term() || third.Term() <= second.Term() {
			t.Errorf("term %d, then %d, want %d", second.Term(), info.Term, third.Term())
		}
		o.stop()
		o.ends(nil)
	})
}

func (w *world) first(conn *zk.Conn, name string) string {
	w.Helper()
	var lowest string
	sequence := func(name string) string { return name[strings.LastIndexByte(name, '-'):] }
	for _, name := range w.contenders(conn, name) {
		if lowest == "" || sequence(name) < sequence(lowest) {
			lowest = name
		}
	}
	return lowest
}

func TestObserveWaitsOutLossAndExpiry(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, b, onlooker := w.start("a"), w.start("b"), w.start("onlooker")
		o := onlooker.observe("job")
		o.sees("")
		l := a.mustCampaign("job")
		o.sees("a")

		for range 3 {
			before := onlooker.Stats().Reconnects
			onlooker.net.Reset()
			w.eventually(5*time.Second, "it reconnects", func() bool { return onlooker.Stats().Reconnects > before })
		}
		onlooker.expire()
		w.eventually(10*time.Second, "it has another session", func() bool { return onlooker.Stats().Sessions == 2 })
		o.seesNothing() // it is a, still

		// Three leaders while it is cut off for longer than its session lives. The latest must arrive, the others need not.
		onlooker.net.Cut()
		w.eventually(20*time.Second, "its session ends", func() bool { return onlooker.App.State() == zookeeper.Expired })
		for range 2 {
			if err := l.Resign(); err != nil {
				t.Fatal(err)
			}
			l = b.mustCampaign("job")
		}
		onlooker.net.Heal()
		if info := o.sees("b"); info.Term != l.Term() {
			t.Errorf("term %d, want %d", info.Term, l.Term())
		}

		// And a change on the same session, of which a connection that is lost says nothing.
		onlooker.net.Refuse()
		onlooker.net.Reset()
		w.eventually(5*time.Second, "it is suspended", func() bool { return onlooker.App.State() == zookeeper.Suspended })
		if err := l.Resign(); err != nil {
			t.Fatal(err)
		}
		l = a.mustCampaign("job")
		onlooker.net.Heal()
		if info := o.sees("a"); info.Term != l.Term() {
			t.Errorf("term %d, want %d", info.Term, l.Term())
		}
		a.expire()
		o.sees("")
		if err := onlooker.Stop(); err != nil {
			t.Fatal(err)
		}
		o.ends(zookeeper.ErrStopped)
	})
}

func TestObserveRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		conn := w.client()
		dir := path.Join(w.root, "job")
		if _, err := conn.Create(dir, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		o := i.observe("job")
		o.sees("")
		if _, err := conn.Create(dir+"/secret-lock-", nil, zk.FlagEphemeralSequential, zk.DigestACL(zk.PermAll, "u", "p")); err != nil {
			t.Fatal(err)
		}
		o.ends(zk.ErrNoAuth)

		i.observe("/").ends(zookeeper.ErrConfig)
		idle := &instance{Coordinator: &zookeeper.Coordinator{App: new(zookeeper.ApplicationContext)}, world: w}
		idle.observe("job").ends(zookeeper.ErrNotStarted)
		if err := i.Stop(); err != nil {
			t.Fatal(err)
		}
		i.observe("job").ends(zookeeper.ErrStopped)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		for info, err := range i.App.Observe(ended, "job") {
			t.Errorf("observed %+v, %v after the end", info, err)
		}
	})
}

// TestObserveCost counts what an observer asks of the server: one read per change, however many contend, whether or not
// somebody else leaves; and nothing at all while nothing changes, however often somebody looks.
func TestObserveCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		w := newWorld(t, &virtual{server})
		const contenders = 20
		conn := w.client()
		dir := path.Join(w.root, "job")
		onlooker := w.start("onlooker")
		requests := onlooker.net.(*inMemory).Requests
		reads := func() (reads, lists, others int) {
			lists = requests(zktest.OpGetChildren) + requests(zktest.OpGetChildren2)
			others = requests(zktest.OpExists) + requests(zktest.OpSync) + requests(zktest.OpMulti) + requests(zktest.OpCreate)
			return requests(zktest.OpGetData), lists, others
		}
		if _, err := conn.Create(dir, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		var queue []string
		for range contenders {
			node, err := conn.Create(dir+"/_c_0-lock-", nil, zk.FlagEphemeralSequential, zk.WorldACL(zk.PermAll))
			if err != nil {
				t.Fatal(err)
			}
			queue = append(queue, node)
		}
		leave := func(node string) {
			if err := conn.Delete(node, -1); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // virtual: whatever follows has followed
			synctest.Wait()
		}

		_, _, already := reads()
		o := onlooker.observe("job")
		returns(w, time.Second, "the first", o.seen)
		if r, l, other := reads(); r != 1 || l != 1 || other-already != 1 {
			t.Errorf("at first %d reads, %d listings, %d others; want 1, 1 and a sync", r, l, other-already)
		}
		for changes := 1; changes < 10; changes++ {
			leave(queue[0])
			queue = queue[1:]
			leave(queue[len(queue)-1]) // of no consequence
			queue = queue[:len(queue)-1]
			returns(w, time.Second, "the next", o.seen)
			if r, l, other := reads(); r != 1+changes || l != 1 || other-already != 1 {
				t.Errorf("after %d changes %d reads, %d listings, %d others; want %d, 1, 1", changes, r, l, other-already, 1+changes)
			}
		}

		// One observer, who breaks off and comes again: nothing is asked, and one watch is left.
		before, _, _ := reads()
		for range 1000 {
			for _, err := range onlooker.App.Observe(t.Context(), "job") {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if r, l, _ := reads(); r != before || l != 1 {
			t.Errorf("%d looks at what was known cost %d reads and %d listings", 1000, r-before, l-1)
		}
		o.seesNothing()
	})
}

// TestObserveLongBody: whoever is slow misses leaders, not the latest one.
func TestObserveLongBody(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		a, onlooker := w.start("a"), w.start("onlooker")
		var latest int64
		for info, err := range onlooker.App.Observe(t.Context(), "job") {
			switch {
			case errors.Is(err, zookeeper.ErrNoLeader) && latest == 0: // before anybody came
				for range 5 {
					l := a.mustCampaign("job")
					if err := l.Resign(); err != nil {
						t.Fatal(err)
					}
				}
				latest = a.mustCampaign("job").Term()
			case errors.Is(err, zookeeper.ErrNoLeader):
				t.Fatal("nobody leads, the loop is told after one came")
			case err != nil:
				t.Fatal(err)
			case info.Term == latest:
				return
			}
		}
	})
}
