package lease

import (
	"context"
	"errors"
	"time"

	"github.com/go-zookeeper/zk"
)

// Run proves the session until ctx ends or trust is over. It returns when the last check has been answered.
func (l *Lease) Run(ctx context.Context) {
	defer context.AfterFunc(ctx, l.end)() // at once, also while a check is under way
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		p, wake := l.begin()
		if p.node != "" {
			l.take(p, l.config.Prove(p.node))
			continue
		}
		timer.Reset(time.Until(wake))
		select {
		case <-ctx.Done():
			l.end()
			return
		case <-l.changed:
		case <-timer.C:
		}
		l.mu.Lock()
		l.woken(wake)
		l.mu.Unlock()
	}
}

// proof is one check of a node.
type proof struct {
	node string // empty for none
	sent time.Time
}

// begin does what is due. It returns the check to send now, if any, and when to look again. While the check is under
// way it is watch that looks.
func (l *Lease) begin() (p proof, wake time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wake = l.step()
	if l.waiting {
		p = proof{l.nodes[l.turn].node, l.sent}
		l.watched = wake
		l.alarm.Reset(time.Until(wake))
	}
	return p, wake
}

// watch does what is due while Run waits for the answer to a check.
func (l *Lease) watch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting {
		return
	}
	l.woken(l.watched)
	l.watched = l.step()
	l.alarm.Reset(time.Until(l.watched))
}

// woken notices a pause of this process: nothing wakes a goroutine this much later than its own timer otherwise. It
// assumes l.mu.
func (l *Lease) woken(wake time.Time) {
	if now := time.Now(); now.Sub(wake) > l.timeout/pauseOf {
		l.resumed = now
	}
}

// idle is for how long nobody looks when nothing is due; any change ends that.
const idle = 24 * time.Hour

// step does what is due, but for the check itself, and returns when to look again. It assumes l.mu.
func (l *Lease) step() time.Time {
	now := time.Now()
	wake := now.Add(idle)
	earliest := func(t time.Time) {
		if t.Before(wake) {
			wake = t
		}
	}
	if l.over || len(l.nodes) == 0 {
		return wake
	}
	if l.held > 0 {
		if !l.Valid() {
			l.finish()
			l.config.Lapsed()
			return wake
		}
		earliest(l.epoch.Add(time.Duration(l.until.Load())))
	}
	if !l.up {
		return wake
	}
	if !l.silence.IsZero() {
		at := l.kickAt()
		if !now.Before(at) {
			l.up = false                            // this link is given up; the next Up brings another
			l.link.Kick(l.proved.Before(l.link.Up)) // shunned if nothing was ever committed through it
			l.config.Kicked(l.link)
			return wake
		}
		earliest(at)
	}
	if l.ready(now) {
		l.send(now)
		earliest(l.kickAt())
	}
	if next := l.sent.Add(l.interval()); now.Before(next) {
		earliest(next)
	}
	return wake
}

// ready reports whether it is time for a check. It assumes l.mu.
func (l *Lease) ready(now time.Time) bool {
	return !l.waiting && (l.due || !now.Before(l.sent.Add(l.interval())))
}

func (l *Lease) interval() time.Duration {
	if l.held > 0 {
		return l.timeout / proveOf
	}
	return l.timeout / warmOf
}

// kickAt is when the link is dropped unless a check is answered before. Errors are no answer, however prompt.
func (l *Lease) kickAt() time.Time {
	patience, grace := l.timeout/kickOf, l.timeout/graceOf
	if l.link.Shunned {
		patience, grace = l.timeout/shunOf, l.timeout/shunOf
	}
	begun := later(later(l.link.Dialed, l.link.Up), l.resumed)
	return later(l.silence.Add(patience), begun.Add(grace))
}

// send makes it the turn of the next node to be checked. It assumes l.mu.
func (l *Lease) send(now time.Time) {
	l.turn = (l.turn + 1) % len(l.nodes)
	l.sent, l.waiting, l.due = now, true, false
	if l.silence.IsZero() {
		l.silence = now
	}
}

// take books the answer to a check.
func (l *Lease) take(p proof, err error) {
	l.mu.Lock()
	l.waiting = false
	l.alarm.Stop()
	var gone func()
	switch {
	case err == nil:
		l.silence = time.Time{}
		if l.held > 0 && time.Until(l.Until()) < l.timeout/nearOf {
			l.config.Narrow()
		}
		l.committed(p.sent)
		l.config.RTT(time.Since(p.sent))
	case errors.Is(err, zk.ErrNoNode):
		l.silence = time.Time{}
		if e := l.index[p.node]; e != nil {
			gone = e.gone
			l.drop(e)
		}
	case errors.Is(err, zk.ErrSessionExpired):
		l.finish()
		l.config.Expired(err)
	}
	l.mu.Unlock()
	if gone != nil {
		gone()
	}
}
