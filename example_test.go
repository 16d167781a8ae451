package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"burrow.example/zookeeper"
)

// Only one instance sends notifications at any time; when it dies, or is cut off, another one does.
func ExampleApplicationContext_Lead() {
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"zk1:2181", "zk2:2181", "zk3:2181"}}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	defer zc.Stop()

	err := zc.App.Lead(context.Background(), "notifier", func(l *zookeeper.Leadership) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if l.Valid() {
					fmt.Println("notify, in term", l.Term())
				}
			case <-l.Context().Done():
				return nil // another instance may lead from now on
			}
		}
	})
	log.Print(err)
}

// The loop to write: a session context ends with its session, and no expiry goes unnoticed.
func ExampleApplicationContext_Session() {
	var app *zookeeper.ApplicationContext // of a running Coordinator

	for {
		session, err := app.Session(context.Background())
		if err != nil {
			return // stopped
		}
		// Whatever depends on the session is set up here: watches, ephemeral nodes.
		<-session.Done()
		log.Print("session over: ", context.Cause(session))
	}
}

// The loop that Burrow documents for its modules. It can miss an expiry that comes just before its Wait; one that is
// written anew should use Session.
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

// A write that must not come from a leader whose term is over.
func ExampleLeadership_Guard() {
	var l *zookeeper.Leadership // from Lead or Campaign

	_, err := l.Guard( /* zk.SetDataRequest, zk.CreateRequest, ... */ )
	if errors.Is(err, zookeeper.ErrNotLeader) {
		log.Print("another instance leads: ", err)
	}
}
