package metrics_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/metrics"
	"burrow.example/zookeeper/zktest"
)

// An application serves its metrics, and answers the probes of whatever it runs under.
func Example() {
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
