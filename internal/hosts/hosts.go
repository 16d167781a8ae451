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

// The wait before a server that has failed is dialled again. It starts short, because after an election the ensemble
// is back within a fraction of a second, and stays short, because a fail-over can hang on it.
const (
	FirstBackoff = 100 * time.Millisecond
	MaxBackoff   = 300 * time.Millisecond
)

// Hosts hands out server names, in an order shuffled once, one after the other. Names are not resolved here: the
// dialer does that at every dial, so a change in DNS is followed and a name that does not resolve costs one attempt.
// All methods may be called from several goroutines.
type Hosts struct {
	mu      sync.Mutex
	random  *rand.Rand
	servers []*server
	next    int
}

// server is what is known of one of them.
type server struct {
	name     string
	busy     int           // how many are at it, or on their way to it
	failures int           // in a row, since a connection was good
	after    time.Time     // it is not dialled before
	shunned  time.Time     // the others come first before that
	answered bool          // it has said that a session expired, since a connection was good
	quickest time.Duration // from the dial to a session; 0: not known
	tried    bool
	err      error // what became of the last dial; nil if it brought a session
}

// New returns the hosts of a non-empty list of "host:port".
func New(names []string) *Hosts {
	return Seeded(names, rand.NewPCG(rand.Uint64(), rand.Uint64()))
}

// Seeded is New with the randomness given, for a run that can be repeated.
func Seeded(names []string, source rand.Source) *Hosts {
	h := &Hosts{random: rand.New(source)}
	for i, name := range names {
		if !slices.Contains(names[:i], name) {
			h.servers = append(h.servers, &server{name: name})
		}
	}
	h.random.Shuffle(len(h.servers), func(i, j int) { h.servers[i], h.servers[j] = h.servers[j], h.servers[i] })
	return h
}

// Len returns the number of servers.
func (h *Hosts) Len() int { return len(h.servers) }

// named assumes h.mu. The name is one that Next gave out.
func (h *Hosts) named(name string) *server {
	at := slices.IndexFunc(h.servers, func(s *server) bool { return s.name == name })
	return h.servers[at]
}

// Next returns the next server to dial: one where nobody is before one where somebody is, and of those the one that can
// be dialled first. Whoever leaves it says so.
func (h *Hosts) Next() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	ready := func(s *server) time.Time {
		return slices.MaxFunc([]time.Time{now, s.after, s.shunned}, time.Time.Compare)
	}
	best := h.next
	for i := range h.servers {
		at := (h.next + i) % len(h.servers)
		s, b := h.servers[at], h.servers[best]
		if s.busy < b.busy || s.busy == b.busy && ready(s).Before(ready(b)) {
			best = at
		}
	}
	h.next = (best + 1) % len(h.servers)
	h.servers[best].busy++
	return h.servers[best].name
}

// Leave says that a server got from Next is left again.
func (h *Hosts) Leave(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.named(name).busy--
}

// Wait blocks before a dial of a server for as long as is due: not at all unless it failed just now, and then from
// FirstBackoff, doubling, to MaxBackoff after the failure, each with jitter. It returns ctx's error if that ends first.
func (h *Hosts) Wait(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	delay := time.Until(h.named(name).after)
	h.mu.Unlock()
	if delay <= 0 {
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

// Attached says that a dial brought a session, and how long that took.
func (h *Hosts) Attached(name string, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.named(name)
	s.tried, s.err = true, nil
	if s.quickest == 0 || took < s.quickest {
		s.quickest = took
	}
}

// Quickest returns the shortest time that a session took to be had of a server; 0 if there never was one.
func (h *Hosts) Quickest(name string) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.named(name).quickest
}

// Failed says that a dial brought no session, and why.
func (h *Hosts) Failed(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.named(name)
	s.tried, s.err = true, err
	h.backOff(s)
}

// Short says that a connection brought a session, and was lost too soon to be a good one.
func (h *Hosts) Short(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.backOff(h.named(name))
}

// Answered says that a server has answered that a session expired: it is alive and takes a new session at once. But if
// it says so again, before any connection was good, that has to wait as after a failure.
func (h *Hosts) Answered(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.named(name)
	if s.answered {
		h.backOff(s)
		return
	}
	s.answered, s.after, s.shunned = true, time.Time{}, time.Time{}
}

// backOff assumes h.mu.
func (h *Hosts) backOff(s *server) {
	full := MaxBackoff
	if s.failures < 4 {
		full = min(FirstBackoff<<s.failures, MaxBackoff)
	}
	s.failures++
	// Between half and the whole of it, so that a fleet that lost its server at once does not come back at once.
	s.after = time.Now().Add(full/2 + time.Duration(h.random.Int64N(int64(full/2))))
}

// Shun puts a server behind the others for a while: it was silent for long, and at a server that refuses, because it
// is down or in an election, an attempt costs less.
func (h *Hosts) Shun(name string, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.named(name).shunned = time.Now().Add(d)
}

// Shunned reports whether a server comes after the others.
func (h *Hosts) Shunned(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Before(h.named(name).shunned)
}

// Good says that a connection has proved itself: whatever fails next, every server is tried again without a wait.
func (h *Hosts) Good() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.servers {
		s.failures, s.after, s.shunned, s.answered = 0, time.Time{}, time.Time{}, false
	}
}

// Errors describes what became of the last dial of every server, in the order of their names.
func (h *Hosts) Errors() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := make([]string, 0, len(h.servers))
	for _, s := range h.servers {
		reason := "not tried yet"
		if s.err != nil {
			reason = s.err.Error()
		} else if s.tried {
			reason = "connected when last tried"
		}
		lines = append(lines, s.name+": "+reason)
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// LastErrors returns the last failure of every server that failed, for errors.Is.
func (h *Hosts) LastErrors() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []error
	for _, s := range h.servers {
		if s.err != nil {
			all = append(all, s.err)
		}
	}
	return all
}
