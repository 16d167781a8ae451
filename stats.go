package zookeeper

import (
	"errors"
	"sync"
	"time"
)

// Stats is a snapshot of a Coordinator, for metrics and health checks. Counts are since Configure.
type Stats struct {
	State     State
	Since     time.Time     // when State was entered
	SessionID int64         // 0 without a live session
	Server    string        // the server that has the session, or had it last
	Timeout   time.Duration // the negotiated session timeout; 0 without a live session

	Sessions    int           // sessions that were established
	Reconnects  int           // connections that were re-established within a session
	Expirations map[Cause]int // sessions that were lost, by cause
	Kicks       int           // connections dropped because a proof was not answered
	Proofs      Histogram     // round trips of answered proofs
	Narrow      int           // answered proofs that found less than a quarter of Timeout left of the trust
	Trust       time.Duration // what is left of the trust in the locks held; 0 if none

	Locks   int           // locks held now, those of leaderships included
	Leading int           // leaderships held now
	Won     int           // leaderships that began
	Lost    map[Cause]int // leaderships that ended, by cause
	Orphans int           // lock nodes left behind and deleted later
}

// Cause names why a session or a leadership ended.
type Cause string

// The causes, and the errors that they stand for.
const (
	CauseExpired   Cause = "expired"   // ErrSessionExpired, by the server's word
	CauseTrust     Cause = "trust"     // ErrTrustLapsed
	CauseSuspended Cause = "suspended" // ErrSuspended: no lock was held, or trust in it would have run out before
	CauseDeleted   Cause = "deleted"   // ErrLockDeleted
	CauseResigned  Cause = "resigned"  // ErrResigned, and the end of Lead's context
	CauseStopped   Cause = "stopped"   // ErrStopped
)

// SessionCauses returns the causes that Stats.Expirations can have.
func SessionCauses() []Cause { return []Cause{CauseExpired, CauseTrust, CauseSuspended} }

// LeadershipCauses returns the causes that Stats.Lost can have.
func LeadershipCauses() []Cause {
	return []Cause{CauseExpired, CauseTrust, CauseDeleted, CauseResigned, CauseStopped}
}

func causeOf(err error) Cause {
	switch {
	case errors.Is(err, ErrTrustLapsed):
		return CauseTrust
	case errors.Is(err, ErrSuspended):
		return CauseSuspended
	case errors.Is(err, ErrSessionExpired):
		return CauseExpired
	case errors.Is(err, ErrLockDeleted):
		return CauseDeleted
	case errors.Is(err, ErrStopped):
		return CauseStopped
	}
	return CauseResigned
}

// Histogram counts durations.
type Histogram struct {
	Bounds []time.Duration // upper bounds, ascending
	Counts []int           // how many were at most that and above the bound before; one more, for all above the last
	Sum    time.Duration   // of all of them
}

// Count returns how many durations were counted.
func (h Histogram) Count() int {
	var all int
	for _, n := range h.Counts {
		all += n
	}
	return all
}

var proofBounds = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2500 * time.Millisecond,
}

// Stats returns a snapshot. It may be called at any time, before Configure and after Stop too, and does not block.
func (zc *Coordinator) Stats() Stats {
	zc.mu.Lock()
	app := zc.App
	zc.mu.Unlock()
	stats := zc.tally.snapshot()
	if app == nil {
		return stats
	}
	st := app.current.Load()
	if st == nil {
		return stats
	}
	stats.State, stats.Since = st.state, st.since
	if s := st.session; s != nil {
		stats.SessionID, stats.Timeout = s.id, s.timeout
		stats.Server = s.dialer.Link().Server
		stats.Locks = s.lease.Held()
		if left := time.Until(s.lease.Until()); stats.Locks > 0 && left > 0 {
			stats.Trust = left
		}
	}
	return stats
}

// tally counts.
type tally struct {
	mu     sync.Mutex
	stats  Stats
	counts [12]int // of proofs, one more than proofBounds
	sum    time.Duration
}

// enter counts a transition.
func (t *tally) enter(from State, to *status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case to.state == Connected && from == Suspended:
		t.stats.Reconnects++
	case to.state == Connected:
		t.stats.Sessions++
	case to.state == Expired:
		count(&t.stats.Expirations, causeOf(to.cause))
	}
}

func (t *tally) kick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Kicks++
}

func (t *tally) narrow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Narrow++
}

func (t *tally) orphan() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Orphans++
}

func (t *tally) won() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Won++
	t.stats.Leading++
}

func (t *tally) lost(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Leading--
	count(&t.stats.Lost, causeOf(cause))
}

func (t *tally) proved(roundtrip time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := 0
	for i < len(proofBounds) && roundtrip > proofBounds[i] {
		i++
	}
	t.counts[i]++
	t.sum += roundtrip
}

// count adds one to an entry of a map that snapshots may share: it is replaced, not written to.
func count(of *map[Cause]int, cause Cause) {
	fresh := make(map[Cause]int, len(*of)+1)
	for k, n := range *of {
		fresh[k] = n
	}
	fresh[cause]++
	*of = fresh
}

func (t *tally) snapshot() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := t.stats
	stats.Proofs = Histogram{Bounds: proofBounds, Counts: append([]int(nil), t.counts[:]...), Sum: t.sum}
	return stats
}
