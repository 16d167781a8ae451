package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// campaign waits until this instance leads, as ExampleApplicationContext_Campaign does.
func campaign(zc *zookeeper.Coordinator) *zookeeper.Leadership {
	l, err := zc.App.Campaign(context.Background(), "notifier")
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// Whatever is done for a term takes its context, and ends with it.
func ExampleLeadership_Context() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	l := campaign(zc)

	for _, node := range server.Nodes("/burrow/notifier")[1:] {
		server.Delete(node.Path) // an operator deletes the lock node
	}
	<-l.Context().Done()
	fmt.Println(context.Cause(l.Context()))
	// Output: zookeeper: lock node deleted
}

// Valid is asked before every action. It is false as soon as another instance could lead.
func ExampleLeadership_Valid() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	l := campaign(zc)
	fmt.Println("valid:", l.Valid())

	server.ExpireSession(zc.Stats().SessionID)
	<-l.Context().Done()
	fmt.Println("valid:", l.Valid())
	// Output:
	// valid: true
	// valid: false
}

// An action that takes a while gets no more time than there is trust: two thirds of the session timeout at most.
func ExampleLeadership_Deadline() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	l := campaign(zc)

	action, cancel := context.WithDeadline(l.Context(), l.Deadline())
	defer cancel()
	fmt.Println("the action may start:", action.Err() == nil)
	fmt.Println("seconds left:", time.Until(l.Deadline()).Round(time.Second).Seconds())
	l.Resign()
	fmt.Println("over:", l.Deadline().IsZero(), action.Err() != nil)
	// Output:
	// the action may start: true
	// seconds left: 4
	// over: true true
}

// A receiver that remembers the highest term refuses whoever was overtaken.
func ExampleLeadership_Term() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	highest := int64(0)
	receive := func(term int64) bool {
		if term < highest {
			return false
		}
		highest = term
		return true
	}
	old := campaign(zc)
	fmt.Println("accepted:", receive(old.Term()))
	old.Resign()
	fmt.Println("accepted:", receive(campaign(zc).Term()))
	fmt.Println("accepted:", receive(old.Term()))
	// Output:
	// accepted: true
	// accepted: true
	// accepted: false
}

// A write to ZooKeeper that ZooKeeper itself refuses once the term is over, however late it arrives there.
func ExampleLeadership_Guard() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	l := campaign(zc)

	record := func(path string) error {
		_, err := l.Guard(&zk.CreateRequest{Path: path, Data: []byte("open"), Acl: zk.WorldACL(zk.PermAll)})
		return err
	}
	fmt.Println(record("/burrow/incident-1"))
	for _, node := range server.Nodes("/burrow/notifier")[1:] {
		server.Delete(node.Path) // others may lead
	}
	<-l.Context().Done()
	fmt.Println(errors.Is(record("/burrow/incident-2"), zookeeper.ErrNotLeader))
	_, found := server.Node("/burrow/incident-2")
	fmt.Println("written:", found)
	// Output:
	// <nil>
	// true
	// written: false
}

// Resign hands over: whoever is next leads within milliseconds.
func ExampleLeadership_Resign() {
	server := ensemble()
	defer server.Close()
	first, second := started(server, "shop-1"), started(server, "shop-2")
	defer first.Stop()
	defer second.Stop()

	l := campaign(first)
	next := make(chan *zookeeper.Leadership)
	go func() { next <- campaign(second) }()
	fmt.Println("resigned:", l.Resign())
	fmt.Println("next leads:", (<-next).Valid())
	// Output:
	// resigned: <nil>
	// next leads: true
}

// A lock as Burrow's modules use it.
func ExampleZookeeperLock() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	lock := zc.App.Zookeeper.NewLock(zc.App.ZookeeperRoot + "/notifier")
	if err := lock.Lock(); err != nil { // waits for its turn
		log.Fatal(err)
	}
	fmt.Println("again:", errors.Is(lock.Lock(), zookeeper.ErrDeadlock))
	fmt.Println("unlock:", lock.Unlock())
	fmt.Println("again:", errors.Is(lock.Unlock(), zookeeper.ErrNotLocked))
	// Output:
	// again: true
	// unlock: <nil>
	// again: true
}

// What NewLock returns can also give up waiting, and try.
func ExampleZookeeperClient_NewLock() {
	server := ensemble()
	defer server.Close()
	first, second := started(server, "shop-1"), started(server, "shop-2")
	defer first.Stop()
	defer second.Stop()

	type lock interface {
		zookeeper.ZookeeperLock
		LockContext(ctx context.Context) error
		TryLock() (bool, error)
	}
	held := first.App.Zookeeper.NewLock("/burrow/notifier").(lock)
	wanted := second.App.Zookeeper.NewLock("/burrow/notifier").(lock)
	fmt.Println(held.TryLock())
	fmt.Println(wanted.TryLock())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	fmt.Println(errors.Is(wanted.LockContext(ctx), context.DeadlineExceeded))
	// Output:
	// true <nil>
	// false <nil>
	// true
}

// A test of one's own: the session expires, and nothing is left undone.
func Example_zktest() {
	server, err := zktest.Start() // in a test: zktest.RunT(t)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	old := zc.Stats().SessionID
	session, err := zc.App.Session(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	server.ExpireSession(old) // what does the application do now?
	<-session.Done()
	if _, err := zc.App.Session(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("another session:", zc.Stats().SessionID != old)
	// Output: another session: true
}
