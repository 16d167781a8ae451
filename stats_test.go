package zookeeper_test

import (
	"path"
	"testing"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestStatsTellOfLocks: a lock of NewLock is held, and trusted, as a leadership is, but leads nothing.
func TestStatsTellOfLocks(t *testing.T) {
	virtually(t, func(t *testing.T, w *world, _ *zktest.Server) {
		i := w.start("a")
		lock := i.App.Zookeeper.NewLock(path.Join(w.root, "lock"))
		expect := func(locks, leading int) {
			t.Helper()
			got, timeout := i.Stats(), i.Config.SessionTimeout
			if got.Locks != locks || got.Leading != leading || (locks > 0) != (got.Trust > timeout/2) || got.Trust > 2*timeout/3 {
				t.Errorf("%d locks, %d leaderships, trust of %v; want %d, %d", got.Locks, got.Leading, got.Trust, locks, leading)
			}
		}
		expect(0, 0)
		if err := lock.Lock(); err != nil {
			t.Fatal(err)
		}
		expect(1, 0)
		l := i.mustCampaign("job")
		expect(2, 1)
		time.Sleep(time.Hour)
		expect(2, 1)
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
		expect(1, 1)
		l.Resign()
		time.Sleep(time.Millisecond) // the end is booked in the background
		expect(0, 0)
	})
}

// TestStatsAreCheap: a snapshot copies the histogram, and nothing else that grows.
func TestStatsAreCheap(t *testing.T) {
	server := zktest.RunT(t, zktest.InMemory())
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), Dial: server.Dial}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		t.Fatal(err)
	}
	defer zc.Stop()
	var stats zookeeper.Stats
	if n := testing.AllocsPerRun(1000, func() { stats = zc.Stats() }); n > 2 {
		t.Errorf("%v allocations for one snapshot", n)
	}
	if stats.Sessions != 1 {
		t.Errorf("%+v", stats)
	}
}
