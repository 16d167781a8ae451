package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// promise is what is expected of a fleet under a fault, beside what is always expected: nobody overlaps, nobody acts
// overtaken, and there is one leader again soon after healing.
type promise int

const (
	recovers  promise = iota // nothing more
	keeps                    // leadership is kept
	rides                    // kept if the ensemble is back soon; else a leader soon after it commits again
	passes                   // a new leader soon after the server has expired the old one's session
	takenAway                // the old leader stops, and its guard is refused, at once; a new one soon after
	handsOver                // a new leader soon after the old one was told to stop
)

// The bounds.
const (
	recoveryLimit = 15 * time.Second       // one leader again, after healing
	expiryLimit   = 100 * time.Millisecond // new leader, after the old one's node is gone
	commitLimit   = 500 * time.Millisecond // new leader, after the first committed write
	handLimit     = 50 * time.Millisecond  // new leader, after the old one's last action on a clean stop
	noticeLimit   = 10 * time.Millisecond  // old leader's last action, after its node is gone
	guardLimit    = 100 * time.Millisecond // refusal of a guard, after it was asked for
	rideLimit     = 2 * time.Second        // commits interrupted for less than this cost no leadership
)

func (p promise) String() string {
	switch p {
	case keeps:
		return "kept"
	case rides:
		return fmt.Sprintf("kept if commits stall < %v, else leader ≤ %v after the first commit", rideLimit, commitLimit)
	case passes:
		return fmt.Sprintf("new leader ≤ %v after expiry", expiryLimit)
	case takenAway:
		return fmt.Sprintf("old stops ≤ %v after the deletion, guard refused, new leader ≤ %v", noticeLimit, expiryLimit)
	case handsOver:
		return fmt.Sprintf("new leader ≤ %v", handLimit)
	}
	return fmt.Sprintf("one leader ≤ %v after healing", recoveryLimit)
}

// evidence is what a fleet did in one run, and what was seen at the ensemble. All times are of one clock.
type evidence struct {
	promise promise
	fenced  bool          // terms are fencing tokens
	pause   time.Duration // the holder's own process was stopped for this long
	turns   []turn
	begun   time.Duration   // the fault
	healed  time.Duration   // its end
	end     time.Duration   // of what is known
	deleted time.Duration   // when the holder's node was gone; 0: never
	commits []time.Duration // of the observer's writes
	beats   []time.Duration // of a loop like an instance's that waits for nothing: what it misses is the machine's
	trust   time.Duration   // the least that was left when somebody acted after the fault; 0: unknown
	guarded time.Duration   // how long the guard's refusal took; 0: it was not refused
	crashed []string        // instances that died of themselves
}

// result is what came of it.
type result struct {
	overlap   time.Duration
	overtaken int
	gap       time.Duration
	stall     time.Duration // the longest time without a commit
	before    string        // who led; "-": nobody
	after     string
	kept      bool
	trust     time.Duration // the least that was left, if it was kept
	handover  string        // how long the new leader took, and after what
	recovered time.Duration // after healing; negative: never
	crashed   []string
	broken    []string // the bounds that were broken
}

// judge works out the result.
func judge(e evidence) result {
	r := result{overlap: overlap(e.turns), overtaken: overtaken(e.turns), before: "-", after: "-", recovered: -1, crashed: e.crashed}
	r.gap = longestGap(e.turns, span{e.begun, e.end}).length()
	r.stall = longestWait(e.commits, span{e.begun, e.end}).length()

	old, led := actingAt(e.turns, e.begun)
	if led {
		r.before = old.id
	}
	if since, ok := settledAt(e.turns, e.end); ok {
		r.recovered = max(0, since-e.healed)
		now, _ := actingAt(e.turns, e.end)
		r.after = now.id
		r.kept = led && now.id == old.id && now.first() == old.first() && now.last() > e.begun
		if r.kept {
			r.trust = e.trust
		}
	}
	next, taken := successor(e.turns, e.begun)
	r.check(e, old, next, taken)
	return r
}

// successor returns the first turn that began after a time.
func successor(all []turn, after time.Duration) (turn, bool) {
	i := slices.IndexFunc(all, func(t turn) bool { return t.first() > after })
	if i < 0 {
		return turn{}, false
	}
	return all[i], true
}

// firstAfter returns the first of some times at or after another; 0 if there is none.
func firstAfter(times []time.Duration, at time.Duration) time.Duration {
	if i, _ := slices.BinarySearch(times, at); i < len(times) {
		return times[i]
	}
	return 0
}

// check notes every bound that was broken, and the hand-over.
func (r *result) check(e evidence, old, next turn, taken bool) {
	miss := func(format string, args ...any) { r.broken = append(r.broken, fmt.Sprintf(format, args...)) }
	if e.promise != takenAway {
		if r.overlap > 0 {
			miss("overlap %v", round(r.overlap))
		}
		if r.overtaken > 0 {
			miss("%d overtaken actions", r.overtaken)
		}
	}
	if n := disordered(e.turns); e.fenced && n > 0 {
		miss("%d terms out of order", n)
	}
	switch {
	case r.recovered < 0:
		miss("no single leader at the end")
	case r.recovered > recoveryLimit:
		miss("one leader %v after healing", round(r.recovered))
	}
	if len(e.crashed) > 0 {
		miss("crashed: %s", strings.Join(e.crashed, ", "))
	}

	late := func(after string, since, limit time.Duration) {
		switch {
		case !taken:
			miss("no new leader")
		case since == 0:
			miss("leader without %s", after)
		default:
			took := next.first() - since
			r.handover = fmt.Sprintf("%v after %s", round(took), after)
			if took > limit {
				miss("leader %v after %s", round(took), after)
			}
		}
	}
	switch e.promise {
	case keeps:
		if !r.kept {
			miss("leadership lost")
		} else if r.gap > e.pause+lull+longestWait(e.beats, span{e.begun, e.end}).length() {
			miss("gap %v", round(r.gap))
		}
	case rides:
		if r.kept {
			break
		}
		if r.stall < rideLimit {
			miss("leadership lost, commits stalled for %v only", round(r.stall))
		}
		if len(old.actions) > 0 {
			late("commit", firstAfter(e.commits, old.last()), commitLimit)
		}
	case passes:
		if !r.kept {
			late("expiry", e.deleted, expiryLimit)
		}
	case takenAway:
		if e.deleted == 0 {
			miss("lock node not seen deleted")
			break
		}
		late("deletion", e.deleted, expiryLimit)
		if notice := old.last() - e.deleted; notice > noticeLimit {
			miss("old leader acted for %v after the deletion", round(notice))
		}
		if e.guarded == 0 || e.guarded > guardLimit {
			miss("guard not refused at once (%v)", round(e.guarded))
		}
	case handsOver:
		late("last action", old.last(), handLimit)
	}
}

func round(d time.Duration) time.Duration {
	if d < 100*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
