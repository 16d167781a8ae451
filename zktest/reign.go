package zktest

import (
	"math/bits"
	"slices"
	"time"
)

// reign is one leader's time in office: the sessions it watches and the transactions that it has proposed.
type reign struct {
	s       *Server
	leader  *Member
	epoch   int64
	began   time.Time // of the grid of its ticks and pings
	counter int64     // of its zxids
	over    bool

	tracker     *tracker
	expiry      *event
	reaper      *event
	changes     map[string]record
	journal     []undo // of the request that is being prepared
	outstanding []*proposal
	links       []*link
}

// proposal is a transaction that waits for a majority to have logged it.
type proposal struct {
	x     *txn
	acks  uint16   // the members that have logged it, a bit each
	syncs []func() // sync requests that came after it
}

func (s *Server) newReign(leader *Member, epoch int64) *reign {
	r := &reign{s: s, leader: leader, epoch: epoch, began: time.Now(), changes: map[string]record{}}
	r.counter = leader.tree.zxid & 0xffffffff
	if epoch > leader.tree.zxid>>32 {
		r.counter = 0
		leader.tree.zxid = epoch << 32
	}
	r.tracker = newTracker(s.opt.tick, leader.gridOrigin, leader.tree.sessions)
	leader.reign, leader.role, leader.epoch, leader.link = r, leading, epoch, nil
	r.armExpiry()
	r.armReaper()
	return r
}

// nextZxid begins a transaction.
func (r *reign) nextZxid() int64 {
	r.counter++
	r.journal = r.journal[:0]
	return r.epoch<<32 | r.counter
}

// lastPing and nextPing are the half ticks at which the leader pings its followers.
func (r *reign) lastPing() time.Time {
	half := r.s.opt.tick / 2
	return r.began.Add(time.Since(r.began) / half * half)
}

func (r *reign) nextPing() time.Time { return r.lastPing().Add(r.s.opt.tick / 2) }

// nextTick is the first whole tick after t.
func (r *reign) nextTick(t time.Time) time.Time {
	tick := r.s.opt.tick
	return r.began.Add((t.Sub(r.began)/tick + 1) * tick)
}

// request takes a request that a follower has passed on.
func (r *reign) request(l *link, q *request) {
	if q.op != OpSync {
		r.propose(r.prepare(q, l))
		return
	}
	r.tracker.check(q.session, l)
	back := func() {
		l.down.send(func() {
			q.committed = true
			q.conn.drain()
		})
	}
	if n := len(r.outstanding); n > 0 {
		r.outstanding[n-1].syncs = append(r.outstanding[n-1].syncs, back)
	} else {
		back()
	}
}

// propose sends a transaction to the followers and commits it when a majority has it.
func (r *reign) propose(x *txn) {
	r.leader.log = append(r.leader.log, x)
	r.outstanding = append(r.outstanding, &proposal{x: x, acks: r.leader.bit()})
	for _, l := range r.links {
		l.down.send(func() {
			l.follower.log = append(l.follower.log, x)
			l.up.send(func() { r.ack(l.follower, x.zxid) })
		})
	}
	r.advance()
}

func (r *reign) ack(f *Member, zxid int64) {
	for _, p := range r.outstanding {
		if p.x.zxid == zxid {
			p.acks |= f.bit()
		}
	}
	if r.agreed() {
		r.advance()
	}
}

// agreed reports whether the next transaction is logged by a majority.
func (r *reign) agreed() bool {
	return len(r.outstanding) > 0 && bits.OnesCount16(r.outstanding[0].acks) >= r.s.quorum()
}

// advance commits what a majority has logged, in order.
func (r *reign) advance() {
	for !r.over && r.agreed() {
		p := r.outstanding[0]
		r.outstanding = shift(r.outstanding)
		r.leader.log = shift(r.leader.log)
		for _, l := range r.links {
			l.down.send(func() {
				l.follower.log = shift(l.follower.log)
				l.follower.commit(p.x)
			})
		}
		if p.x.op == OpCloseSession {
			delete(r.tracker.sessions, p.x.session)
		}
		r.leader.commit(p.x)
		r.settle(p.x.zxid)
		for _, back := range p.syncs {
			back()
		}
	}
	r.armReaper()
}

// armExpiry sets the alarm for the next session that can expire. A sign of life only makes that later, so it is called
// for a new session and by the alarm itself.
func (r *reign) armExpiry() {
	next, ok := r.tracker.next()
	if r.over || !ok || r.expiry != nil && !next.Before(r.expiry.at) {
		return
	}
	r.s.agenda.cancel(r.expiry)
	r.expiry = r.leader.at(next, func() {
		r.expiry = nil
		if r.over {
			return
		}
		for _, id := range r.tracker.due() {
			r.closeSession(id)
		}
		r.armExpiry()
	})
}

// closeSession ends a session without its client. A leader without a quorum does the same; its members never
// hear of it, but whoever asks it about the session is told that it has expired.
func (r *reign) closeSession(id int64) {
	r.tracker.closing(id)
	r.propose(r.prepare(&request{session: id, op: OpCloseSession}, nil))
}

// lose gives a follower up and, if too few are left, the office at the next tick.
func (r *reign) lose(l *link) {
	l.drop(&l.up, &l.down, func() { l.follower.lost(l) })
	r.links = slices.DeleteFunc(r.links, func(o *link) bool { return o == l })
	if 1+len(r.links) < r.s.quorum() {
		at := time.Now()
		if !at.Equal(r.nextTick(at.Add(-1))) {
			at = r.nextTick(at)
		}
		r.leader.at(at, r.review)
	}
}

// review ends the reign of a leader that has lost its quorum.
func (r *reign) review() {
	if !r.over && 1+len(r.links) < r.s.quorum() {
		r.end()
		r.leader.seek()
	}
}

// end takes the office away. What was proposed stays in the logs of those it had reached.
func (r *reign) end() {
	r.over = true
	r.s.agenda.cancel(r.expiry)
	r.s.agenda.cancel(r.reaper)
	for _, l := range r.links {
		l.drop(&l.up, &l.down, func() { l.follower.lost(l) })
	}
	r.links = nil
}
