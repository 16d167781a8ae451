package zookeeper_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestSlowNetwork: where an answer takes longer than the time after which a second server is asked, the servers do not
// take the session from each other for ever, and leadership is kept.
func TestSlowNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory(), zktest.Members(3), zktest.Tick(2*time.Second))
		net := server.Client("a")
		net.Delay(400 * time.Millisecond)
		zc := &zookeeper.Coordinator{Config: zookeeper.Config{
			Servers: server.Addrs(), Dial: net.Dial, SessionTimeout: 6 * time.Second,
		}}
		zc.Configure()
		if err := zc.Start(); err != nil {
			t.Fatal(err)
		}
		defer zc.Stop()
		l, err := zc.App.Campaign(context.Background(), "job")
		if err != nil {
			t.Fatal(err)
		}
		const resets = 10
		for range resets {
			time.Sleep(10 * time.Second)
			net.ResetConnections()
		}
		time.Sleep(10 * time.Second)
		stats := zc.Stats()
		t.Logf("%d reconnects after %d resets", stats.Reconnects, resets)
		if !l.Valid() {
			t.Errorf("leadership was lost: %v", context.Cause(l.Context()))
		}
		if stats.Reconnects > 2*resets {
			t.Errorf("%d reconnects after %d resets", stats.Reconnects, resets)
		}
	})
}
