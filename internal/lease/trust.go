package lease

import (
	"math"
	"time"

	"burrow.example/zookeeper/internal/dial"
)

const never = math.MinInt64

// Valid reports whether the session is trusted now. It reads the monotonic clock, so it is false after a pause that
// outlasted the trust, before any timer has run.
func (l *Lease) Valid() bool {
	return int64(time.Since(l.epoch)) < l.until.Load()
}

// Fresh reports whether the session is trusted and has been proved just now: that the last check was due and has been
// answered. Without that, what the connection tells may come late.
func (l *Lease) Fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Valid() && time.Since(l.proved) <= l.timeout/freshOf
}

// Until returns the end of trust; the zero time if there never was any.
func (l *Lease) Until() time.Time {
	until := l.until.Load()
	if until == never {
		return time.Time{}
	}
	return l.epoch.Add(time.Duration(until))
}

// Committed extends trust on the strength of a transaction of this session that was sent at the given time and has
// just been answered: to 2T/3 after it was sent at the longest, and no longer than it is certain that the leader has
// renewed the session.
func (l *Lease) Committed(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.committed(sent)
}

// committed assumes l.mu.
func (l *Lease) committed(sent time.Time) {
	if l.over || sent.Before(l.link.Up) {
		return // its answer came through another connection, of which nothing follows for this one
	}
	l.proved = later(l.proved, sent)
	renewed := l.history.committed(l.touch(sent, time.Now()))
	l.renewed = later(l.renewed, l.link.Dialed.Add(renewed))
	l.extend()
}

// extend assumes l.mu. Trust never shrinks here.
func (l *Lease) extend() {
	until := l.proved.Add(trust(l.timeout))
	if bound := l.renewed.Add(l.timeout); bound.Before(until) {
		until = bound
	}
	if after := int64(until.Sub(l.epoch)); !l.renewed.IsZero() && after > l.until.Load() {
		l.until.Store(after)
	}
}

// Touched books a request of this session that was sent and answered at the given times, a ping for instance. It
// proves nothing by itself, but tells of what the leader has heard.
func (l *Lease) Touched(sent, answered time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !sent.Before(l.link.Up) {
		l.history.add(l.touch(sent, answered))
	}
}

// Attached says, before anything can be sent on it, that the session has a new link. What is known of requests on the
// one before is of no use for it.
func (l *Lease) Attached(link dial.Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attach(link)
}

// attach assumes l.mu.
func (l *Lease) attach(link dial.Link) {
	if link == l.link {
		return
	}
	l.link = link
	// The connection request went to the leader and back as a transaction does, and renewed the session there.
	l.history = history{timeout: link.Timeout, commits: []touch{l.touch(link.Dialed, link.Up)}}
	shorter := link.Timeout < l.timeout
	l.timeout = link.Timeout
	if shorter { // a longer one counts from the first answer on this link
		l.until.Store(never)
		l.extend()
	}
}

// touch assumes l.mu.
func (l *Lease) touch(sent, answered time.Time) touch {
	return touch{sent.Sub(l.link.Dialed), answered.Sub(l.link.Dialed)}
}

// end stops trust for good.
func (l *Lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish()
}

// finish assumes l.mu.
func (l *Lease) finish() {
	l.over = true
	l.until.Store(never)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
