package lease

import (
	"slices"
	"time"
)

// The leader expires sessions, but the requests of a session do not renew it there: a server passes on of which
// sessions it has heard only when it answers the leader's pings (Learner.ping, LearnerHandler, both in ZooKeeper's
// server), which come every half tick. So a committed transaction proves that the session is alive, but not that it
// has been renewed: after a stall between the two servers, the leader can commit one and expire the session a moment
// later. What it has been told can be concluded from the order of what passes between the servers, which is first in,
// first out in either direction:
//
//   - Let b be a transaction of ours that was answered before another one, c, was sent, and let c be answered too. Let
//     p be the last ping that the leader sent before b's commit. It sent p less than half a tick before that, so less
//     than half a tick before b was sent, or later.
//   - The server had p before b's commit, and sent its answer to p before it passed on c. So when it committed c, the
//     leader had that answer, and those to all pings before p.
//   - These answers together have reported every request that was answered before p was sent. Thus the leader has
//     renewed the session after the latest of them was sent.
//   - Mostly it is later. Let q be the ping before p, half a tick earlier. A transaction that was sent after q has its
//     commit behind q, so when it is answered, the server has answered q. A request that is sent only then, and
//     answered before p was sent, is reported by the answer to p itself. Thus the leader has renewed the session after
//     it sent p.
//
// Neither the tick nor the time of p is known. The tick is T/2 at most, so that p was sent T/4 before b at the
// earliest; and the later it was sent, the shorter the tick can be, but if p was sent x before b, q was sent at most 2x
// before b. So the session was renewed after the earliest time that follows from any x between nothing and T/4.
//
// It is assumed that the leader's pings come in time, give or take what T/4 exceeds half a tick by, and that the server
// is pinged by the leader itself, so not an observer with another server between (observerMasterPort).

// touch is a request of the session that the server has answered.
type touch struct {
	sent, answered time.Time
}

// history is what the requests on one connection tell about the renewal of the session.
type history struct {
	timeout time.Duration
	renewed time.Time // the connection request: a session that moves to a server is renewed at the leader
	commits []touch   // transactions, in the order of sending, none much older than the timeout
	others  []touch   // other requests, likewise
}

// add books an answered request that is no transaction.
func (h *history) add(t touch) { h.others = h.append(h.others, t) }

// append leaves out what is closer to the one before than we need to know; leaving some out only makes us know less. The
// first few, which are all there is on a young connection, are kept.
func (h *history) append(all []touch, t touch) []touch {
	if n := len(all); n > 4 && t.sent.Sub(all[n-1].sent) < h.timeout/96 {
		return all
	}
	old := 0
	for old < len(all) && t.sent.Sub(all[old].sent) > h.timeout {
		old++
	}
	return append(all[old:], t)
}

// committed books an answered transaction. It returns a time at or after which the leader has renewed the session for
// the last time, as far as that is certain; the zero time if nothing is.
func (h *history) committed(c touch) time.Time {
	renewed := h.renewed
	if b, ok := answered(h.commits, c.sent); ok {
		renewed = later(renewed, h.reported(b))
	}
	h.commits = h.append(h.commits, c)
	return renewed
}

// reported returns when the session was renewed, at the earliest, by what the leader has been told when it commits what
// is sent after b was answered.
func (h *history) reported(b touch) time.Time {
	ago := func(x time.Duration) time.Time { return b.sent.Add(-x) }
	longest := h.timeout / halfTickOf

	// If p was sent between longest and x before b, its answer reports the session.
	x := longest
	latest := ago(2 * x)
	for i, t := range h.commits {
		if !t.sent.After(latest) {
			continue // not less than x before
		}
		at := i
		for at < len(h.commits) && h.commits[at].sent.Before(t.answered) {
			at++
		}
		if at == len(h.commits) {
			continue
		}
		if to := b.sent.Sub(h.commits[at].answered); x <= to {
			x = b.sent.Sub(t.sent) / 2
			latest = ago(2 * x)
		}
	}

	// If it was sent later, an earlier answer may have been the last to do so.
	commit, _ := answered(h.commits, ago(x))
	other, _ := answered(h.others, ago(x))
	renewed := later(commit.sent, other.sent)
	if renewed.After(ago(longest)) {
		renewed = ago(longest)
	}
	return renewed
}

// answered returns the latest request that was answered by then.
func answered(all []touch, then time.Time) (t touch, ok bool) {
	for _, t := range slices.Backward(all) {
		if !t.answered.After(then) {
			return t, true
		}
	}
	return touch{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
