package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestObserveEndsWithTheLatest: whatever happens to the queue, the observer and the servers, in whatever order, once it
// is over the last element names whoever leads.
func TestObserveEndsWithTheLatest(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { observeChaos(t, seed) })
		})
	}
}

func observeChaos(t *testing.T, seed uint64) {
	chance := rand.New(rand.NewPCG(seed, 7))
	server := zktest.RunT(t, zktest.InMemory(), zktest.Members(3), zktest.Seed(seed+1))
	w := newWorld(t, &virtual{server})
	onlooker := w.configure("onlooker")
	onlooker.Config.Servers = server.Addrs()
	onlooker.Configure()
	if err := onlooker.Start(); err != nil {
		t.Fatal(err)
	}
	w.Cleanup(func() { onlooker.Stop() })
	dir := path.Join(w.root, "job")
	if err := server.Create(dir, nil); err != nil {
		t.Fatal(err)
	}
	var last element
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with ctx
		defer close(ended)
		for info, err := range onlooker.App.Observe(ctx, "job") {
			last = element{info, err}
		}
	}()

	var sequence, deeds int
	queue := func() (nodes []zktest.Node) { return server.Nodes(dir)[1:] } // in the order of their names
	for range 60 {
		time.Sleep(time.Duration(chance.Int64N(int64(2 * time.Second)))) // virtual
		member := server.Member(1 + chance.IntN(3))
		nodes := queue()
		switch deed := chance.IntN(14); {
		case deed < 4:
			sequence++
			server.Create(fmt.Sprintf("%s/_c_x-lock-%010d", dir, sequence), []byte(strconv.Itoa(sequence)))
		case deed < 7 && len(nodes) > 0:
			server.Delete(nodes[0].Path)
		case deed == 7 && len(nodes) > 0:
			server.Delete(nodes[chance.IntN(len(nodes))].Path)
		case deed == 8 && len(nodes) > 1:
			server.Delete(nodes[1].Path)
			server.Delete(nodes[0].Path)
		case deed == 9:
			onlooker.net.Reset()
		case deed == 10:
			onlooker.net.Cut()
			time.Sleep(time.Duration(chance.Int64N(int64(8 * time.Second))))
			onlooker.net.Heal()
		case deed == 11:
			if id, _ := onlooker.net.session(); id != 0 {
				server.ExpireSession(id)
			}
		case deed == 12:
			member.Isolate()
		case deed == 13:
			server.Heal()
		default:
			continue
		}
		deeds++
	}
	server.Heal()
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	switch nodes := queue(); {
	case len(nodes) == 0:
		if !errors.Is(last.err, zookeeper.ErrNoLeader) {
			t.Errorf("after %d deeds nobody leads, and the last element is %+v", deeds, last)
		}
	case last.ID != string(nodes[0].Data) || last.Term != nodes[0].Stat.Czxid || last.err != nil:
		t.Errorf("after %d deeds %s leads in term %d, and the last element is %+v", deeds, nodes[0].Data, nodes[0].Stat.Czxid, last)
	}
	cancel()
	<-ended
}
