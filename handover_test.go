package zookeeper_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestHandOverAsksNothing: with a hundred in the queue, the next one leads as soon as it hears that the leader's node is
// gone, and what the hand-over has others ask for is little: the one that is next now lists the queue and proves its
// session, which takes two transactions.
func TestHandOverAsksNothing(t *testing.T) {
	const candidates, handOvers = 100, 20
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		led := make(chan *zookeeper.Leadership)
		ctx, cancel := context.WithCancel(context.Background())
		for n := range candidates {
			zc := &zookeeper.Coordinator{Config: zookeeper.Config{
				Servers: server.Addrs(), Dial: server.Client(fmt.Sprint(n)).Dial, ID: fmt.Sprint(n),
			}}
			zc.Configure()
			if err := zc.Start(); err != nil {
				t.Fatal(err)
			}
			defer zc.Stop()
			go func() {
				if l, err := zc.App.Campaign(ctx, "job"); err == nil {
					led <- l
				}
			}()
		}
		defer cancel()
		leader := <-led
		time.Sleep(time.Minute) // until all are in the queue, and calm
		most := map[zktest.Op]int{
			zktest.OpDelete: handOvers, zktest.OpGetChildren2: handOvers, zktest.OpMulti: 2 * handOvers,
			zktest.OpExists: 0, zktest.OpCreate: 0, zktest.OpSync: 0, zktest.OpGetData: 0,
		}
		before := make(map[zktest.Op]int)
		for op := range most {
			before[op] = server.Requests(op)
		}
		meanwhile := 0 // transactions; one or another of the regular ones may fall in there
		for range handOvers {
			deleted := server.Requests(zktest.OpDelete)
			answered := server.Requests(zktest.OpMulti)
			go leader.Resign()
			leader = <-led
			if n := server.Requests(zktest.OpDelete) - deleted; n != 1 {
				t.Errorf("%d deletes", n)
			}
			meanwhile += server.Requests(zktest.OpMulti) - answered
			if !leader.Valid() {
				t.Error("not valid")
			}
			time.Sleep(10 * time.Millisecond)
		}
		if meanwhile > handOvers/10 {
			t.Errorf("%d transactions before the next one led, in %d hand-overs", meanwhile, handOvers)
		}
		for op, n := range most {
			if got := server.Requests(op) - before[op]; got > n {
				t.Errorf("%d requests of kind %d, want %d at most", got, op, n)
			}
		}
	})
}

// TestWaiterOnANewConnection: it finds out for itself what happened while it had none. That the client library does is
// not certain; here the server does not do what that asks for.
func TestWaiterOnANewConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		start := func(id string, dial func(context.Context, string, string) (net.Conn, error)) *zookeeper.ApplicationContext {
			zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), Dial: dial, ID: id}}
			zc.Configure()
			if err := zc.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { zc.Stop() })
			return zc.App
		}
		leader, err := start("a", server.Dial).Campaign(t.Context(), "job")
		if err != nil {
			t.Fatal(err)
		}
		b := server.Client("b")
		var away atomic.Bool
		waiter := start("b", func(ctx context.Context, network, address string) (net.Conn, error) {
			if away.Load() {
				return nil, syscall.ECONNREFUSED
			}
			return b.Dial(ctx, network, address)
		})
		led := make(chan error, 1)
		go func() {
			_, err := waiter.Campaign(t.Context(), "job")
			led <- err
		}()
		time.Sleep(time.Second) // until it waits
		away.Store(true)
		refused := b.FailNext(zktest.OpSetWatches, zktest.BadArguments)
		b.ResetConnections()
		if err := leader.Resign(); err != nil {
			t.Fatal(err)
		}
		away.Store(false)
		<-refused
		select {
		case err := <-led:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the waiter does not hear that it could lead")
		}
	})
}
