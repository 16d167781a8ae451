package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScenery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines := make(chan string, 10)
	ended := make(chan error, 1)
	go func() { // ends with ctx, waited for below
		ended <- run(ctx, &stage.Lines{To: func(line string) { lines <- line }}, "127.0.0.1:0", "127.0.0.1:0")
	}()
	_, shop, _ := strings.Cut(<-lines, "listens at ")
	_, webhook, _ := strings.Cut(<-lines, "listens at ")

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(method, url string) int {
		req, err := http.NewRequestWithContext(ctx, method, "http://"+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	for i, c := range []struct {
		method, url string
		want        int
	}{
		{"GET", shop + "/health", http.StatusOK},
		{"POST", shop + "/down", http.StatusOK},
		{"GET", shop + "/health", http.StatusServiceUnavailable},
		{"POST", shop + "/up", http.StatusOK},
		{"GET", shop + "/health", http.StatusOK},
		{"POST", webhook + "/incidents", http.StatusBadRequest}, // no event
	} {
		if got := ask(c.method, c.url); got != c.want {
			t.Errorf("request %d: status %d, want %d", i, got, c.want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAddressInUse(t *testing.T) {
	address, stop, err := web.Serve("127.0.0.1:0", http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), &stage.Lines{To: func(string) {}}, "127.0.0.1:0", address)
	if err == nil || !strings.Contains(err.Error(), "webhook: ") || !strings.Contains(err.Error(), address) {
		t.Errorf("run says %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
