package zookeeper_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// An hour of leading is thousands of proofs and pings. In virtual time it is over at once, so that an application can
// test what it does in a day: in 50 ms on one core. The test prints the best of some hours, because others use the
// machine as well, and fails only at five times that, which no busy or slow machine needs.
func TestAnHourOfLeadershipInVirtualTime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const hours, limit = 10, 5 * 50 * time.Millisecond * zookeeper.Slowdown
	best := time.Hour
	for range hours {
		begun := time.Now()
		leadForAnHour(t)
		best = min(best, time.Since(begun))
	}
	t.Logf("an hour took %v, the best of %d", best, hours)
	if best > limit {
		t.Errorf("an hour took %v, more than %v", best, limit)
	}
}

func leadForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory(), zktest.Latency(0, 0))
		zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), Dial: server.Dial}}
		zc.Configure()
		if err := zc.Start(); err != nil {
			t.Fatal(err)
		}
		defer zc.Stop()
		l, err := zc.App.Campaign(context.Background(), "job")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if !l.Valid() {
			t.Errorf("not valid any more: %v", context.Cause(l.Context()))
		}
		if checks, most := server.Requests(zktest.OpMulti), 2*60*60; checks < most-10 || checks > most+10 {
			t.Errorf("%d checks in an hour", checks)
		}
	})
}
