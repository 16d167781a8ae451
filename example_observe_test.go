package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// Whoever shows who leads need not contend for it.
func ExampleApplicationContext_Observe() {
	server, err := zktest.Start() // a ZooKeeper inside this process
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), ID: "shop-1"}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
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
