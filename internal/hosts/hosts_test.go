package hosts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var three = []string{"zk1:2181", "zk2:2181", "zk3:2181"}

// round takes as many servers as there are.
func round(h *Hosts) []string {
	names := make([]string, h.Len())
	for i := range names {
		names[i] = h.Next()
	}
	return names
}

// waited is how long Wait takes, in virtual time.
func waited(t *testing.T, h *Hosts) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun)
}

func TestEveryServerHasItsTurn(t *testing.T) {
	for _, servers := range [][]string{three[:1], three[:2], three} {
		h := New(servers)
		if h.Len() != len(servers) {
			t.Errorf("Len() = %d of %v", h.Len(), servers)
		}
		first := round(h)
		if sorted := slices.Sorted(slices.Values(first)); !slices.Equal(sorted, servers) {
			t.Errorf("a round of %v is %v", servers, first)
		}
		for range 3 {
			if again := round(h); !slices.Equal(again, first) {
				t.Errorf("the order changed from %v to %v", first, again)
			}
		}
	}
}

// TestOrderIsShuffled: or else a whole fleet would connect to the first server of the list.
func TestOrderIsShuffled(t *testing.T) {
	given := slices.Clone(three)
	starts := make(map[string]int)
	for range 300 {
		starts[New(given).Next()]++
	}
	for _, name := range three {
		if starts[name] < 50 { // 100 on average; below 50 once in a billion runs
			t.Errorf("%s came first %d times of 300", name, starts[name])
		}
	}
	if !slices.Equal(given, three) {
		t.Errorf("the caller's list is now %v", given)
	}
}

func TestNoWaitWithServersUntried(t *testing.T) {
	for n := 1; n <= len(three); n++ {
		synctest.Test(t, func(t *testing.T) {
			h := New(three[:n])
			for i := range n {
				if d := waited(t, h); d != 0 {
					t.Errorf("dial %d of %d servers waited %v", i+1, n, d)
				}
			}
			if d := waited(t, h); d == 0 {
				t.Errorf("with %d servers, dial %d did not wait", n, n+1)
			}
		})
	}
}

// TestBackoff: it starts around 100 ms, grows, stays bounded however long it goes on, and is not the same for all.
func TestBackoff(t *testing.T) {
	bounds := func(retry int) (low, high time.Duration) {
		switch retry {
		case 0:
			return 50 * time.Millisecond, 100 * time.Millisecond
		case 1:
			return 100 * time.Millisecond, 200 * time.Millisecond
		}
		return 150 * time.Millisecond, 300 * time.Millisecond
	}
	synctest.Test(t, func(t *testing.T) {
		seen := make(map[int]map[time.Duration]bool)
		for range 20 {
			h := New(three)
			for range three {
				waited(t, h)
			}
			for retry := range 100 {
				low, high := bounds(retry)
				d := waited(t, h)
				if d < low || d > high {
					t.Fatalf("retry %d waited %v, not %v to %v", retry, d, low, high)
				}
				if seen[retry] == nil {
					seen[retry] = make(map[time.Duration]bool)
				}
				seen[retry][d] = true
			}
		}
		for retry, waits := range seen {
			if len(waits) < 10 {
				t.Errorf("retry %d waited only %d different times in 20 runs", retry, len(waits))
			}
		}
	})
}

func TestBackoffNeverOverflows(t *testing.T) {
	for _, n := range []int{-1 << 62, -1, 0, 3, 4, 63, 64, 1 << 62} {
		if d := New([]string{"zk1:1"}).backoff(n); d < 0 || d > MaxBackoff || n >= 0 && d < FirstBackoff/2 {
			t.Errorf("backoff(%d) = %v", n, d)
		}
	}
}

// TestGood: after a good connection every server is tried without a wait again.
func TestGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three)
		for range 10 {
			waited(t, h)
		}
		h.Good()
		for i := range three {
			if d := waited(t, h); d != 0 {
				t.Errorf("dial %d after a good connection waited %v", i+1, d)
			}
		}
		if d := waited(t, h); d == 0 || d > FirstBackoff {
			t.Errorf("the backoff began anew with %v", d)
		}
	})
}

// TestAnswered: a server that says that a session expired is there for the next one; but a server that only ever says
// so is not dialled in a tight loop.
func TestAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= len(three); n++ {
			h := New(three[:n])
			for range 10 {
				waited(t, h)
			}
			h.Answered()
			if d := waited(t, h); d != 0 {
				t.Errorf("%d servers: the dial after an answer waited %v", n, d)
			}
			if d := waited(t, h); d == 0 || d > FirstBackoff {
				t.Errorf("%d servers: the second dial after an answer waited %v", n, d)
			}
		}
		h := New(three)
		waited(t, h)
		h.Answered() // two servers are untried still, and stay so
		for range 2 {
			if d := waited(t, h); d != 0 {
				t.Errorf("an answer made an untried server wait %v", d)
			}
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three[:1])
		waited(t, h)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		begun := time.Now()
		if err := h.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait says %v", err)
		}
		if d := time.Since(begun); d != time.Millisecond {
			t.Errorf("Wait ended after %v", d)
		}
		h.Good()
		for range 3 { // by a session that is over, at the cost of the next one
			if err := h.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Wait says %v where none is due", err)
			}
		}
		if d := waited(t, h); d != 0 {
			t.Errorf("dials that could not be counted: the next one waited %v", d)
		}
	})
}

func TestErrors(t *testing.T) {
	refused, silent := errors.New("connection refused"), errors.New("i/o timeout")
	h := New([]string{"zk3:1", "zk1:1", "zk2:1"})
	if errs := h.LastErrors(); len(errs) != 0 {
		t.Errorf("LastErrors() = %v before anything failed", errs)
	}
	if want, got := "zk1:1: not tried yet; zk2:1: not tried yet; zk3:1: not tried yet", h.Errors(); got != want {
		t.Errorf("Errors() = %q, want %q", got, want)
	}
	h.Failed("zk1:1", refused)
	h.Failed("zk2:1", refused)
	h.Failed("zk2:1", fmt.Errorf("dial: %w", silent)) // the latest counts
	h.Failed("zk3:1", refused)
	h.Failed("zk3:1", nil) // and so does a success
	want := "zk1:1: connection refused; zk2:1: dial: i/o timeout; zk3:1: connected when last tried"
	if got := h.Errors(); got != want {
		t.Errorf("Errors() = %q, want %q", got, want)
	}
	errs := h.LastErrors()
	if all := errors.Join(errs...); len(errs) != 2 || !errors.Is(all, refused) || !errors.Is(all, silent) {
		t.Errorf("LastErrors() = %v", errs)
	}
}

// TestSharedByManyGoroutines is for the race detector, and counts turns.
func TestSharedByManyGoroutines(t *testing.T) {
	h := New(three)
	var mu sync.Mutex
	turns := make(map[string]int)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 100 {
				name := h.Next()
				h.Failed(name, errors.New("refused"))
				h.Answered()
				h.Good()
				if err := h.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				_, _ = h.Errors(), h.LastErrors()
				mu.Lock()
				turns[name]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, name := range three {
		if turns[name] != 200 {
			t.Errorf("%s had %d turns of 600", name, turns[name])
		}
	}
}
