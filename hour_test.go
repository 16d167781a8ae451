package zookeeper_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// An hour of leading is thousands of proofs and pings. In virtual time it is over at once, so that an application can
// test what it does in a day.
func TestAnHourOfLeadershipInVirtualTime(t *testing.T) {
	begun := time.Now()
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
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
	took := time.Since(begun)
	t.Logf("an hour took %v", took)
	if took > 5*time.Second {
		t.Errorf("an hour took %v", took)
	}
}
