// Package hosts decides which server of the ensemble is dialled next, and how long to wait before that.
package hosts

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// The wait before a server that was tried already since the last good connection. It starts short, because after
// an election the ensemble is back within a fraction of a second, and stays short, because a fail-over can hang on it.
const (
	FirstBackoff = 100 * time.Millisecond
	MaxBackoff   = 300 * time.Millisecond
)

// Hosts hands out server names, in an order shuffled once, one after the other. Names are not resolved here: the
// dialer does that at every dial, so a change in DNS is followed and a name that does not resolve costs one attempt.
// All methods may be called from several goroutines.
type Hosts struct {
	mu     sync.Mutex
	random *rand.Rand
	names  []string
	next   int
	busy   map[string]int   // how many are at a server, or on their way to it
	tries  int              // dials since the last good connection
	errs   map[string]error // what became of the last dial; nil if it brought a session
}

// New returns the hosts of a non-empty list of "host:port".
func New(servers []string) *Hosts {
	return Seeded(servers, rand.NewPCG(rand.Uint64(), rand.Uint64()))
}

// Seeded is New with the randomness given, for a run that can be repeated.
func Seeded(servers []string, source rand.Source) *Hosts {
	random, names := rand.New(source), slices.Clone(servers)
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return &Hosts{random: random, names: names, busy: make(map[string]int), errs: make(map[string]error)}
}

// Len returns the number of servers.
func (h *Hosts) Len() int { return len(h.names) }

// Next returns the next server to dial, one where nobody is before one where somebody is. Whoever leaves it says so.
func (h *Hosts) Next() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	best := h.next
	for i := range h.names {
		if at := (h.next + i) % len(h.names); h.busy[h.names[at]] < h.busy[h.names[best]] {
			best = at
		}
	}
	h.next = (best + 1) % len(h.names)
	h.busy[h.names[best]]++
	return h.names[best]
}

// Leave says that a server got from Next is left again.
func (h *Hosts) Leave(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy[server]--
}

// Wait blocks before a dial for as long as is due: not at all while there are servers untried since the last good
// connection, then from FirstBackoff, doubling, to MaxBackoff, each with jitter. It returns ctx's error if that
// ends first; a dial that cannot be is not counted.
func (h *Hosts) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	delay := h.backoff(h.tries - len(h.names))
	h.tries++
	h.mu.Unlock()
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff is the delay before retry number n, counted from 0; none for a server that is tried for the first time. It
// assumes h.mu.
func (h *Hosts) backoff(n int) time.Duration {
	if n < 0 {
		return 0
	}
	full := MaxBackoff
	if n < 4 {
		full = min(FirstBackoff<<n, MaxBackoff)
	}
	// Between half and the whole of it, so that a fleet that lost its server at once does not come back at once.
	return full/2 + time.Duration(h.random.Int64N(int64(full/2)))
}

// Good says that a connection has proved itself: whatever fails next, every server is tried again without a wait.
func (h *Hosts) Good() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries = 0
}

// Answered says that a server has answered that a session expired: it is alive and takes a new session at once.
func (h *Hosts) Answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries = min(h.tries, h.Len()-1)
}

// Failed notes what became of the last dial of a server: the error, or nil if it brought a session.
func (h *Hosts) Failed(server string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errs[server] = err
}

// Errors describes what became of the last dial of every server, in the order of their names.
func (h *Hosts) Errors() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := make([]string, 0, len(h.names))
	for _, name := range h.names {
		reason := "not tried yet"
		if err, tried := h.errs[name]; err != nil {
			reason = err.Error()
		} else if tried {
			reason = "connected when last tried"
		}
		lines = append(lines, name+": "+reason)
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// LastErrors returns the last failure of every server that failed, for errors.Is.
func (h *Hosts) LastErrors() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []error
	for _, name := range h.names {
		if err := h.errs[name]; err != nil {
			all = append(all, err)
		}
	}
	return all
}
