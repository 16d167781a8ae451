package uptime

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestPauseWhileConnecting: Valid was asked, then the process was paused while the connection was made. The request
// must not go out.
func TestPauseWhileConnecting(t *testing.T) {
	w := newWorld()
	l := w.elect(t.Context(), fault{})
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	client := newClient(l)
	if err := check(t.Context(), client, sender{}, Target{URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	l.pause(true)
	if err := check(t.Context(), client, sender{}, Target{URL: server.URL}); !errors.Is(err, errOver) {
		t.Errorf("check says %v", err)
	}
	if err := post(t.Context(), client, sender{}, server.URL, Event{}); !errors.Is(err, errOver) {
		t.Errorf("post says %v", err)
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests arrived, want 1", requests.Load())
	}
}

// TestClientRepeatsNothing: whether a request is made again is for the work to decide, which asks Valid before.
func TestClientRepeatsNothing(t *testing.T) {
	w := newWorld()
	l := w.elect(t.Context(), fault{})
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) > 1 {
			panic(http.ErrAbortHandler) // hangs up on a connection that has been used before
		}
	}))
	defer server.Close()
	client := newClient(l)
	for attempt, want := range []bool{true, false} {
		err := post(context.Background(), client, sender{}, server.URL, Event{Incident: "shop-1", Event: OpenEvent})
		if (err == nil) != want {
			t.Errorf("attempt %d: %v", attempt, err)
		}
	}
	if requests.Load() != 2 {
		t.Errorf("%d requests arrived, want 2", requests.Load())
	}
}
