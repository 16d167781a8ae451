package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"burrow.example/zookeeper"
)

// Everything that is wrong is told at once. Burrow's contract wants a panic; Run returns the same as an error.
func ExampleCoordinator_Configure() {
	defer func() { fmt.Println(recover()) }()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"zk1"}, RootPath: "burrow"}}
	zc.Configure()
	// Output:
	// zookeeper: configuration: Servers[0] "zk1": missing port in address
	// zookeeper: configuration: RootPath "burrow": does not start with /
}

// Start returns once the session is there, or says of every server why it is not.
func ExampleCoordinator_Start() {
	server := ensemble()
	defer server.Close()

	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), ConnectTimeout: 2 * time.Second}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("started:", zc.App.State())
	zc.Stop()

	server.Member(1).Stop()
	zc = &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs(), ConnectTimeout: 50 * time.Millisecond}}
	zc.Configure()
	fmt.Println("no server:", errors.Is(zc.Start(), zookeeper.ErrConnectTimeout))
	// Output:
	// started: connected
	// no server: true
}

// Stop ends the context of what runs under Lead, waits for it to return, and lets the next instance lead.
func ExampleCoordinator_Stop() {
	server := ensemble()
	defer server.Close()
	first, second := started(server, "shop-1"), started(server, "shop-2")
	defer second.Stop()

	leading := make(chan struct{})
	go first.App.Lead(context.Background(), "notifier", func(l *zookeeper.Leadership) error {
		close(leading)
		<-l.Context().Done()
		fmt.Println("work ends:", context.Cause(l.Context()))
		return nil
	})
	<-leading
	fmt.Println("stopped:", first.Stop())
	l, err := second.App.Campaign(context.Background(), "notifier")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("next:", l.Valid())
	// Output:
	// work ends: zookeeper: coordinator stopped
	// stopped: <nil>
	// next: true
}

// Run is a Coordinator's whole life in one call, for an errgroup or for main.
func ExampleCoordinator_Run() {
	server := ensemble()
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background()) // in main: signal.NotifyContext

	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	zc.Configure() // so that there is an App; it waits for Run
	go zc.App.Lead(ctx, "notifier", func(l *zookeeper.Leadership) error {
		fmt.Println("leading")
		cancel()
		<-l.Context().Done()
		return nil
	})
	fmt.Println("ended:", zc.Run(ctx))
	// Output:
	// leading
	// ended: <nil>
}

func ExampleCoordinator_Health() {
	server := ensemble()
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	zc.Configure()
	fmt.Println(zc.Health())
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(zc.Health())
	zc.Stop()
	fmt.Println(zc.Health())
	// Output:
	// zookeeper: coordinator not started
	// <nil>
	// zookeeper: coordinator stopped
}

// An instance that is not ready gets no traffic, and is not restarted.
func ExampleCoordinator_Readiness() {
	server := ensemble()
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	probe := func() {
		answer := httptest.NewRecorder()
		zc.Readiness().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		fmt.Print(answer.Code, " ", answer.Body)
	}
	probe()
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	probe()
	zc.Stop()
	// Output:
	// 503 zookeeper: coordinator not started
	// 200 connected
}

// A restart is asked for where only a restart helps. That ZooKeeper is down is no reason.
func ExampleCoordinator_Liveness() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	probe := func() {
		answer := httptest.NewRecorder()
		zc.Liveness().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		fmt.Print(answer.Code, " ", answer.Body)
	}
	server.Member(1).Stop()
	probe()
	zc.Stop()
	probe()
	// Output:
	// 200 the event loop answers
	// 503 zookeeper: coordinator stopped
}

func ExampleCoordinator_Stats() {
	server := ensemble()
	defer server.Close()
	zc := started(server, "shop-1")
	defer zc.Stop()
	if _, err := zc.App.Campaign(context.Background(), "notifier"); err != nil {
		log.Fatal(err)
	}
	stats := zc.Stats()
	fmt.Println("session timeout:", stats.Timeout)
	fmt.Println("sessions:", stats.Sessions, "leading:", stats.Leading)
	fmt.Println("trusted for another", stats.Trust.Round(time.Second))
	// Output:
	// session timeout: 6s
	// sessions: 1 leading: 1
	// trusted for another 4s
}

func ExampleHistogram_Count() {
	proofs := zookeeper.Histogram{Bounds: []time.Duration{time.Millisecond, time.Second}, Counts: []int{8, 3, 1}}
	fmt.Println(proofs.Count(), "proofs, of which", proofs.Counts[0], "took at most", proofs.Bounds[0])
	// Output: 12 proofs, of which 8 took at most 1ms
}

func ExampleLeadershipCauses() {
	fmt.Println(zookeeper.LeadershipCauses())
	// Output: [expired trust deleted resigned stopped]
}

func ExampleSessionCauses() {
	fmt.Println(zookeeper.SessionCauses())
	// Output: [expired trust suspended]
}
