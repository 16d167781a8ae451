package metrics_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/metrics"
	"burrow.example/zookeeper/zktest"
)

// An application serves its metrics, and answers the probes of whatever it runs under.
func ExampleHandler() {
	server, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	zc.Configure()

	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics.Handler(zc, "notifier"))
	mux.Handle("/readyz", zc.Readiness())
	mux.Handle("/healthz", zc.Liveness())
	site := httptest.NewServer(mux)
	defer site.Close()

	ask := func(path, of string) {
		response, err := http.Get(site.URL + path)
		if err != nil {
			panic(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			panic(err)
		}
		for line := range strings.Lines(string(body)) {
			if strings.HasPrefix(line, of) {
				fmt.Print(path, " ", response.StatusCode, " ", line)
			}
		}
	}
	ask("/readyz", "")
	ask("/healthz", "")
	if err := zc.Start(); err != nil {
		panic(err)
	}
	defer zc.Stop()
	ask("/readyz", "")
	ask("/healthz", "")
	ask("/metrics", "zookeeper_coordinator_connected ")
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// /readyz 503 zookeeper: coordinator not started
	// /healthz 200 not started
	// /readyz 200 connected
	// /healthz 200 the event loop answers
	// /metrics 200 zookeeper_coordinator_connected 1
}

// An application that has a registry already puts the Collector in it.
func ExampleNew() {
	server, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(zc, "notifier"))

	zc.Configure()
	if err := zc.Start(); err != nil {
		panic(err)
	}
	defer zc.Stop()
	if _, err := zc.App.Campaign(context.Background(), "notifier"); err != nil {
		panic(err)
	}
	families, err := registry.Gather()
	if err != nil {
		panic(err)
	}
	for _, family := range families {
		if family.GetName() == "zookeeper_coordinator_leaderships_held" {
			fmt.Println(family.GetName(), family.GetMetric()[0].GetGauge().GetValue())
		}
	}
	// Output: zookeeper_coordinator_leaderships_held 1
}
