package hosts

import (
	"context"
	"errors"
	"fmt"
	"os"
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

var errRefused = errors.New("connection refused")

// dial waits as long as is due before the next server is dialled, in virtual time, and says for how long and which it is.
func dial(t *testing.T, h *Hosts) (waited time.Duration, name string) {
	t.Helper()
	begun, name := time.Now(), h.Next()
	defer h.Leave(name)
	if err := h.Wait(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun), name
}

// refused is a dial that fails at once.
func refused(t *testing.T, h *Hosts) (waited time.Duration) {
	t.Helper()
	waited, name := dial(t, h)
	h.Failed(name, errRefused)
	return waited
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
				if d := refused(t, h); d != 0 {
					t.Errorf("dial %d of %d servers waited %v", i+1, n, d)
				}
			}
			if d := refused(t, h); d == 0 {
				t.Errorf("with %d servers, dial %d did not wait", n, n+1)
			}
		})
	}
}

// TestBackoff: for each server it starts around 100 ms after a failure, grows, stays bounded however long it goes on,
// and is not the same for all.
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
			failed := make(map[string]time.Time)
			retries := make(map[string]int)
			for range 300 {
				_, name := dial(t, h)
				if last, again := failed[name]; again {
					retry := retries[name]
					retries[name]++
					low, high := bounds(retry)
					d := time.Since(last)
					if d < low || d > high {
						t.Fatalf("retry %d of %s came after %v, not %v to %v", retry, name, d, low, high)
					}
					if seen[retry] == nil {
						seen[retry] = make(map[time.Duration]bool)
					}
					seen[retry][d] = true
				}
				failed[name] = time.Now()
				h.Failed(name, errRefused)
			}
		}
		for retry, waits := range seen {
			if retry < 50 && len(waits) < 10 {
				t.Errorf("retry %d waited only %d different times in 20 runs", retry, len(waits))
			}
		}
	})
}

// TestNoWaitAfterTheBackoff: what was spent on other servers counts.
func TestNoWaitAfterTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three)
		for range 10 * h.Len() {
			waited, name := dial(t, h)
			if waited != 0 {
				t.Fatalf("waited %v", waited)
			}
			time.Sleep(MaxBackoff) // without an answer
			h.Failed(name, os.ErrDeadlineExceeded)
		}
	})
}

// TestShun: a server that was silent comes after the others, even if these refuse; but it comes, if they are all silent.
func TestShun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three)
		_, silent := dial(t, h)
		h.Failed(silent, os.ErrDeadlineExceeded)
		h.Shun(silent, 5*time.Second)
		begun, dials := time.Now(), 0
		for ; ; dials++ {
			_, name := dial(t, h)
			if name == silent {
				break
			}
			h.Failed(name, errRefused)
		}
		if d := time.Since(begun); d < 4700*time.Millisecond || d > 5300*time.Millisecond || dials < 30 {
			t.Errorf("the silent server was dialled after %v and %d other dials", d, dials)
		}
		for _, name := range three {
			h.Shun(name, time.Hour)
		}
		begun = time.Now()
		for range 3 * h.Len() {
			refused(t, h)
		}
		if d := time.Since(begun); d > 4*MaxBackoff {
			t.Errorf("with all servers shunned, three rounds took %v", d)
		}
		h.Good()
		if d := refused(t, h); d != 0 {
			t.Errorf("a dial after a good connection waited %v", d)
		}
	})
}

// TestGood: after a good connection every server is tried without a wait again.
func TestGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three)
		for range 10 {
			refused(t, h)
		}
		h.Good()
		for i := range three {
			if d := refused(t, h); d != 0 {
				t.Errorf("dial %d after a good connection waited %v", i+1, d)
			}
		}
		if d := refused(t, h); d == 0 || d > FirstBackoff {
			t.Errorf("the backoff began anew with %v", d)
		}
	})
}

func TestQuickest(t *testing.T) {
	h := New(three)
	for _, took := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second} {
		h.Attached(three[0], took)
	}
	if q, unknown := h.Quickest(three[0]), h.Quickest(three[1]); q != time.Second || unknown != 0 {
		t.Errorf("quickest %v, of one without a session %v", q, unknown)
	}
}

// TestShort: a server that gives sessions and drops them is no better than one that refuses.
func TestShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three[:1])
		for range 10 {
			_, name := dial(t, h)
			h.Attached(name, time.Millisecond)
			h.Short(name)
		}
		if d, _ := dial(t, h); d < MaxBackoff/2 {
			t.Errorf("a dial after ten connections that were dropped waited %v", d)
		}
	})
}

// TestAnswered: a server that says that a session expired is there for the next one; but a server that only ever says
// so is not dialled in a tight loop.
func TestAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= len(three); n++ {
			h := New(three[:n])
			for range 4 * n {
				refused(t, h)
			}
			_, name := dial(t, h)
			h.Answered(name)
			if d, again := dial(t, h); d != 0 || again != name {
				t.Errorf("%d servers: after an answer of %s, %s was dialled after %v", n, name, again, d)
			}
			begun := time.Now()
			for range 4 * n {
				_, again := dial(t, h)
				h.Answered(again)
			}
			if d := time.Since(begun); d < FirstBackoff {
				t.Errorf("%d servers: %d dials in a row, all of them answered, took %v", n, 4*n, d)
			}
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(three[:1])
		refused(t, h)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		begun := time.Now()
		if err := h.Wait(ctx, three[0]); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait says %v", err)
		}
		if d := time.Since(begun); d != time.Millisecond {
			t.Errorf("Wait ended after %v", d)
		}
		h.Good()
		if err := h.Wait(ctx, three[0]); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait says %v where none is due", err)
		}
	})
}

// TestAServerNamedTwice is one server.
func TestAServerNamedTwice(t *testing.T) {
	h := New([]string{"zk1:1", "zk2:1", "zk1:1"})
	if h.Len() != 2 {
		t.Errorf("%d servers", h.Len())
	}
}

func TestErrors(t *testing.T) {
	silent := errors.New("i/o timeout")
	h := New([]string{"zk3:1", "zk1:1", "zk2:1"})
	if errs := h.LastErrors(); len(errs) != 0 {
		t.Errorf("LastErrors() = %v before anything failed", errs)
	}
	if want, got := "zk1:1: not tried yet; zk2:1: not tried yet; zk3:1: not tried yet", h.Errors(); got != want {
		t.Errorf("Errors() = %q, want %q", got, want)
	}
	h.Failed("zk1:1", errRefused)
	h.Failed("zk2:1", errRefused)
	h.Failed("zk2:1", fmt.Errorf("dial: %w", silent)) // the latest counts
	h.Failed("zk3:1", errRefused)
	h.Attached("zk3:1", time.Millisecond) // and so does a success
	want := "zk1:1: connection refused; zk2:1: dial: i/o timeout; zk3:1: connected when last tried"
	if got := h.Errors(); got != want {
		t.Errorf("Errors() = %q, want %q", got, want)
	}
	errs := h.LastErrors()
	if all := errors.Join(errs...); len(errs) != 2 || !errors.Is(all, errRefused) || !errors.Is(all, silent) {
		t.Errorf("LastErrors() = %v", errs)
	}
}

// TestSharedByManyGoroutines is for the race detector, and sees that everybody has a turn.
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
				h.Answered(name)
				h.Short(name)
				h.Shun(name, time.Microsecond)
				h.Good()
				if err := h.Wait(t.Context(), name); err != nil {
					t.Error(err)
				}
				_, _ = h.Errors(), h.LastErrors()
				h.Leave(name)
				mu.Lock()
				turns[name]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, name := range three {
		if turns[name] == 0 {
			t.Errorf("%s had no turn of 600", name)
		}
	}
}
