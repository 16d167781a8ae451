package zktest

import (
	"time"
)

// tracker is a leader's book of sessions: when each expires, and which member speaks for it. Sessions expire
// in buckets one tick wide, on a grid that does not move while the leader's process lives.
type tracker struct {
	tick     int64 // milliseconds
	origin   time.Time
	sessions map[int64]*tracked
}

type tracked struct {
	timeout int32
	expires int64 // milliseconds on the grid, a multiple of tick
	closing bool
	owner   any // the link of the member that last sent a request; nil until one does
}

// newTracker starts the clock of every session in timeouts afresh.
func newTracker(tick time.Duration, origin time.Time, timeouts map[int64]int32) *tracker {
	t := &tracker{tick: tick.Milliseconds(), origin: origin, sessions: map[int64]*tracked{}}
	for id, timeout := range timeouts {
		t.track(id, timeout)
	}
	return t
}

func (t *tracker) now() int64 { return time.Since(t.origin).Milliseconds() }

// track begins to watch a session, or starts its clock afresh.
func (t *tracker) track(id int64, timeout int32) {
	if t.sessions[id] == nil {
		t.sessions[id] = &tracked{timeout: timeout}
	}
	t.extend(t.sessions[id], timeout)
}

func (t *tracker) extend(s *tracked, timeout int32) {
	s.expires = ((t.now()+int64(timeout))/t.tick + 1) * t.tick
}

// touch notes a sign of life and reports whether there is such a session.
func (t *tracker) touch(id int64, timeout int32) bool {
	s := t.sessions[id]
	if s == nil || s.closing {
		return false
	}
	t.extend(s, timeout)
	return true
}

// check lets a request of a session pass if the session lives and has not moved to another member since.
func (t *tracker) check(id int64, owner any) error {
	s := t.sessions[id]
	switch {
	case s == nil || s.closing:
		return SessionExpired
	case s.owner == nil:
		s.owner = owner
	case s.owner != owner:
		return SessionMoved
	}
	return nil
}

// own makes owner the one member that may send for the session.
func (t *tracker) own(id int64, owner any) {
	if s := t.sessions[id]; s != nil && !s.closing {
		s.owner = owner
	}
}

func (t *tracker) closing(id int64) {
	if s := t.sessions[id]; s != nil {
		s.closing = true
	}
}

// due returns the sessions that have expired by now, the lowest id first.
func (t *tracker) due() []int64 {
	now := t.now()
	var ids []int64
	for _, id := range sortedKeys(t.sessions) {
		if s := t.sessions[id]; !s.closing && s.expires <= now {
			ids = append(ids, id)
		}
	}
	return ids
}

// next returns when the first session can expire, and false if there is none.
func (t *tracker) next() (time.Time, bool) {
	first := int64(-1)
	for _, s := range t.sessions {
		if !s.closing && (first < 0 || s.expires < first) {
			first = s.expires
		}
	}
	return t.origin.Add(time.Duration(first) * time.Millisecond), first >= 0
}
