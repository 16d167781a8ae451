package lease

import "time"

// The leader expires sessions, but the requests of a session do not renew it there: a server passes on of which
// sessions it has heard only when it answers the leader's pings (Learner.ping, LearnerHandler, both in ZooKeeper's
// server), which come every half tick. So a committed transaction proves that the session is alive, but not that it
// has been renewed: after a stall between the two servers, the leader can commit one and expire the session a moment
// later. What it has been told can be concluded from the order of what passes between the servers, which is first in,
// first out in either direction:
//
//   - Let b be a transaction of ours that was answered before another one, c, was sent, and let c be answered too.
//   - The leader sent a ping at most tickTime/2 before it sent b's commit; the server had that ping before b's commit,
//     and sent its answer to it before it passed on c. So when c is committed, the leader has that answer.
//   - The answer, or the one to an earlier ping, reported every request that was answered before that ping was sent.
//
// Thus a request that was answered at least tickTime/2 before b was sent has renewed the session, at a moment after it
// was sent. The tick is not known; it is T/2 at most.

// touch is a request of the session that the server has answered.
type touch struct {
	sent, answered time.Time
}

// history is what the requests on one connection tell about the renewal of the session.
type history struct {
	timeout time.Duration
	renewed time.Time // the connection request: a session that moves to a server is renewed at the leader
	touches []touch   // in the order of sending, none much older than the timeout
	commit  touch     // the latest transaction; zero: none
}

// resolution is how close to each other touches are kept; leaving some out only makes us know less.
func (h *history) resolution() time.Duration { return h.timeout / 96 }

// add books an answered request.
func (h *history) add(t touch) {
	if n := len(h.touches); n > 0 && t.sent.Sub(h.touches[n-1].sent) < h.resolution() {
		return
	}
	old := 0
	for old < len(h.touches) && t.sent.Sub(h.touches[old].sent) > h.timeout {
		old++
	}
	h.touches = append(h.touches[old:], t)
}

// committed books an answered transaction. It returns a time at or after which the leader has renewed the session for
// the last time, as far as that is certain; the zero time if nothing is.
func (h *history) committed(c touch) time.Time {
	renewed := h.renewed
	if b := h.commit; !b.sent.IsZero() && !b.answered.After(c.sent) {
		for _, t := range []time.Time{h.single(b), h.steady(b)} {
			if t.After(renewed) {
				renewed = t
			}
		}
	}
	h.add(c)
	h.commit = c
	return renewed
}

// single looks for the latest request that was answered half a tick before b was sent.
func (h *history) single(b touch) time.Time {
	for i := len(h.touches) - 1; i >= 0; i-- {
		if t := h.touches[i]; b.sent.Sub(t.answered) >= h.timeout/halfTickOf {
			return t.sent
		}
	}
	return time.Time{}
}

// steady knows more, if requests have come steadily for a tick: no more than d apart, and each answered within e. Then
// a ping is never underway for longer than d + e, for a commit overtakes none, and
//
//   - with tickTime/2 ≥ 2d + e at least d lies between the arrival of two pings, so that the last one before b's commit
//     reported a request; its answer renewed the session after that ping was sent, less than tickTime/2 before b was.
//   - with a shorter tick the last ping that reported one arrived at most d before that.
//
// So the session was renewed after b.sent − max(T/4, 3d + e), whatever the tick.
func (h *history) steady(b touch) time.Time {
	var d, e time.Duration
	later := b.sent
	for i := len(h.touches) - 1; i >= 0; i-- {
		t := h.touches[i]
		if t.sent.After(b.sent) {
			continue
		}
		d, e = max(d, later.Sub(t.sent)), max(e, t.answered.Sub(t.sent))
		if later = t.sent; b.sent.Sub(later) >= h.timeout/tickOf+d {
			return b.sent.Add(-max(h.timeout/halfTickOf, 3*d+e))
		}
	}
	return time.Time{}
}
