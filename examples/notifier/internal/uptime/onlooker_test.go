package uptime

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestOnlook has somebody look on who does not lead, from before there is anything to see, through an incident's life,
// and through the end of the session.
func TestOnlook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		client := server.Client("onlooker")
		zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), RootPath: "/uptime", Dial: client.Dial}}
		ctx, cancel := context.WithCancel(t.Context())
		running := make(chan error, 1)
		zc.Configure()
		if err := zc.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { // ends with ctx
			<-ctx.Done()
			running <- zc.Stop()
		}()
		session, err := zc.App.Session(ctx)
		if err != nil {
			t.Fatal(err)
		}

		var seen []string
		over := make(chan struct{})
		go func() { // ends with the session
			defer close(over)
			Onlook(session, zc.App.Zookeeper, "/uptime/incidents", func(incidents []Incident) {
				seen = nil
				for _, i := range incidents {
					seen = append(seen, i.Target+" "+string(i.Phase))
				}
			})
		}()
		sees := func(want ...string) {
			t.Helper()
			time.Sleep(time.Second) // virtual
			synctest.Wait()
			if !slices.Equal(seen, want) {
				t.Errorf("sees %q, want %q", seen, want)
			}
		}
		put := func(target string, incident any, create bool) {
			t.Helper()
			data, err := json.Marshal(incident)
			node := "/uptime/incidents/" + target
			if create && err == nil {
				_, err = zc.App.Zookeeper.Create(node, data, 0, zk.WorldACL(zk.PermAll))
			} else if err == nil {
				_, err = zc.App.Zookeeper.Set(node, data, -1)
			}
			if err != nil {
				t.Fatal(err)
			}
		}

		sees()
		if err := server.Create("/uptime/incidents", nil); err != nil {
			t.Fatal(err)
		}
		sees()
		shop := newIncident(Target{Name: "shop"}, time.Now(), "no answer", 7)
		put("shop", shop, true)
		sees("shop opening")
		put("bank", newIncident(Target{Name: "bank"}, time.Now(), "no answer", 7).opened(), true)
		put("junk", "no incident", true)
		sees("bank open", "shop opening")

		reads, lists := client.Requests(zktest.OpGetData), client.Requests(zktest.OpGetChildren2)
		put("shop", shop.closing(time.Now(), 7), false)
		sees("bank open", "shop closing")
		if r, l := client.Requests(zktest.OpGetData)-reads, client.Requests(zktest.OpGetChildren2)-lists; r != 1 || l != 0 {
			t.Errorf("one change cost %d reads and %d listings", r, l)
		}
		client.ResetConnections() // the session lives on, and so do the watches
		sees("bank open", "shop closing")
		if err := server.Delete("/uptime/incidents/shop"); err != nil {
			t.Fatal(err)
		}
		sees("bank open")
		put("shop", newIncident(Target{Name: "shop"}, time.Now(), "no answer", 7), true)
		sees("bank open", "shop opening")

		server.ExpireSession(zc.Stats().SessionID)
		<-over
		if session.Err() == nil {
			t.Error("it ended before its session")
		}
		cancel()
		if err := <-running; err != nil {
			t.Error(err)
		}
	})
}
