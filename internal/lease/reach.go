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

// touch is a request of the session that the server has answered. Times are since the connection request was sent.
type touch struct {
	sent, answered time.Duration
}

// history is what the requests on one connection tell about the renewal of the session.
type history struct {
	timeout time.Duration
	commits []touch // transactions, in the order of sending, none much older than the timeout
	others  []touch // other requests, likewise
}

// add books an answered request that is no transaction.
func (h *history) add(t touch) { h.others = h.append(h.others, t) }

// append leaves out what is closer to the one before than we need to know; leaving some out only makes us know less. The
// first few, which are all there is on a young connection, are kept.
func (h *history) append(all []touch, t touch) []touch {
	if n := len(all); n > 4 && t.sent-all[n-1].sent < h.timeout/96 {
		return all
	}
	old := 0
	for old < len(all) && t.sent-all[old].sent > h.timeout {
		old++
	}
	return append(slices.Delete(all, 0, old), t)
}

// committed books an answered transaction. It returns when the leader has renewed the session for the last time, at the
// earliest: when the connection request was sent, because a session that moves to a server is renewed at the leader, or
// later.
func (h *history) committed(c touch) (renewed time.Duration) {
	if b, ok := answered(h.commits, c.sent); ok {
		renewed = max(0, h.reported(b))
	}
	h.commits = h.append(h.commits, c)
	return renewed
}

// reported returns when the session was renewed, at the earliest, by what the leader has been told when it commits what
// is sent after b was answered.
func (h *history) reported(b touch) time.Duration {
	longest := h.timeout / halfTickOf

	// If p was sent between longest and x before b, its answer reports the session.
	x := longest
	for i, t := range h.commits {
		if t.sent <= b.sent-2*x {
			continue // not less than x before
		}
		at := i
		for at < len(h.commits) && h.commits[at].sent < t.answered {
			at++
		}
		if at < len(h.commits) && b.sent-h.commits[at].answered >= x {
			x = (b.sent - t.sent) / 2
		}
	}

	// If it was sent later, an earlier answer may have been the last to do so.
	commit, _ := answered(h.commits, b.sent-x)
	other, _ := answered(h.others, b.sent-x)
	return min(max(commit.sent, other.sent), b.sent-longest)
}

// answered returns the latest request that was answered by then.
func answered(all []touch, then time.Duration) (t touch, ok bool) {
	for _, t := range slices.Backward(all) {
		if t.answered <= then {
			return t, true
		}
	}
	return touch{}, false
}
