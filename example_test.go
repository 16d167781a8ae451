package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// ensemble is a ZooKeeper inside this process. In an application Config.Servers names a real one.
func ensemble() *zktest.Server {
	server, err := zktest.Start()
	if err != nil {
		log.Fatal(err)
	}
	return server
}

// started returns a running Coordinator, which takes four lines; see ExampleCoordinator_Start.
func started(server *zktest.Server, id string) *zookeeper.Coordinator {
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), ID: id}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	return zc
}

// Only one instance sends notifications at any time; when it dies, or is cut off, another one does.
func Example() {
	server := ensemble()
	defer server.Close()
	servers := server.Addrs()
	ctx, cancel := context.WithCancel(context.Background())
	sent := 0
	notify := func() {
		if sent++; sent == 3 {
			cancel()
		}
	}

	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: servers}} // "zk1:2181", "zk2:2181", "zk3:2181"
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	defer zc.Stop() // waits for the work, then hands over within milliseconds

	err := zc.App.Lead(ctx, "notifier", func(l *zookeeper.Leadership) error {
		for l.Valid() { // may I act now?
			notify()
		}
		return nil // another instance may lead from now on
	})
	fmt.Println("sent some:", sent >= 3, err)
	// Output: sent some: true context canceled
}

// The loop that Burrow documents for its modules, which works as it is (burrow_test.go has it run through ten expiries).
// It can miss an expiry that comes just before its Wait; one that is written anew should use Session, or Lead.
func ExampleApplicationContext_burrow() {
	var app *zookeeper.ApplicationContext // of a running Coordinator

	for {
		// Set up watches here, after making sure of the connection.
		app.ZookeeperExpired.L.Lock()
		app.ZookeeperExpired.Wait()
		app.ZookeeperExpired.L.Unlock()

		for !app.ZookeeperConnected { // a data race; Connected() is none
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// Leadership that outlives what one function does: wait for it, hold it, give it up.
func ExampleApplicationContext_Campaign() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	l, err := zc.App.Campaign(context.Background(), "notifier") // blocks until this instance leads
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("leading:", l.Valid())
	l.Resign()
	fmt.Println("leading:", l.Valid(), context.Cause(l.Context()))
	// Output:
	// leading: true
	// leading: false zookeeper: resigned
}

// Lead calls the work again when leadership was lost and won back.
func ExampleApplicationContext_Lead() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	term := 0
	err := zc.App.Lead(context.Background(), "notifier", func(l *zookeeper.Leadership) error {
		if term++; term == 2 {
			return errors.New("had enough")
		}
		for _, node := range server.Nodes("/burrow/notifier")[1:] {
			server.Delete(node.Path) // an operator deletes the lock node
		}
		<-l.Context().Done()
		fmt.Println("term 1 over:", context.Cause(l.Context()))
		return nil // nobody else leads before this
	})
	fmt.Println("term 2 over:", err)
	// Output:
	// term 1 over: zookeeper: lock node deleted
	// term 2 over: had enough
}

// Who leads can be asked without contending for it.
func ExampleApplicationContext_Leader() {
	server := ensemble()
	defer server.Close()
	zc, page := started(server, "shop-1"), started(server, "status-page")
	defer zc.Stop()
	defer page.Stop()

	ctx := context.Background()
	_, err := page.App.Leader(ctx, "notifier")
	fmt.Println("nobody:", errors.Is(err, zookeeper.ErrNoLeader))
	l, err := zc.App.Campaign(ctx, "notifier")
	if err != nil {
		log.Fatal(err)
	}
	leader, err := page.App.Leader(ctx, "notifier")
	fmt.Println(leader.ID, leader.Term == l.Term(), err)
	// Output:
	// nobody: true
	// shop-1 true <nil>
}

// Whoever shows who leads, and every change of it, need not contend either.
func ExampleApplicationContext_Observe() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	ctx := context.Background()
	for leader, err := range zc.App.Observe(ctx, "notifier") {
		switch {
		case errors.Is(err, zookeeper.ErrNoLeader):
			fmt.Println("nobody leads")
			if _, err := zc.App.Campaign(ctx, "notifier"); err != nil {
				log.Fatal(err)
			}
		case err != nil:
			log.Fatal(err) // stopped, or refused
		default:
			fmt.Println(leader.ID, "leads")
			return
		}
	}
	// Output:
	// nobody leads
	// shop-1 leads
}

// The loop to write instead of Burrow's: a session's context ends with it, and no expiry goes unnoticed.
func ExampleApplicationContext_Session() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()

	for n := 1; ; n++ {
		session, err := zc.App.Session(context.Background()) // blocks until there is one
		if err != nil {
			fmt.Println("no more:", err)
			return
		}
		// Whatever depends on the session is set up here: watches, ephemeral nodes.
		if n == 1 {
			server.ExpireSession(zc.Stats().SessionID)
		} else {
			go zc.Stop()
		}
		<-session.Done()
		fmt.Println("session over:", context.Cause(session))
	}
	// Output:
	// session over: zookeeper: session expired
	// session over: zookeeper: coordinator stopped
	// no more: zookeeper: coordinator stopped
}

func ExampleApplicationContext_State() {
	server := ensemble()
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	zc.Configure()
	fmt.Println(zc.App.State())
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(zc.App.State())
	zc.Stop()
	fmt.Println(zc.App.State())
	// Output:
	// disconnected
	// connected
	// stopped
}

// Connected is Burrow's flag without its data race. It stays true while a lost connection may come back.
func ExampleApplicationContext_Connected() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	fmt.Println(zc.App.Connected())
	zc.Stop()
	fmt.Println(zc.App.Connected())
	// Output:
	// true
	// false
}
