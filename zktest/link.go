package zktest

import (
	"time"
)

// link connects a follower to its leader. What one sends arrives at the other in order and after a while; while
// one of them is cut off it waits, as TCP would keep it. Either end may give the link up before the other knows.
type link struct {
	reign      *reign
	follower   *Member
	up, down   lane // to the leader, to the follower
	announcing bool // the touched sessions go out with the next ping
	silence    [2]*event
}

// lane is one direction of a link.
type lane struct {
	l     *link
	to    *Member
	open  bool      // the receiving end has not given up
	last  time.Time // when the latest message arrives, if nothing holds it up
	heard time.Time // when a message last arrived
	held  []func()
}

func (r *reign) newLink(f *Member) *link {
	l := &link{reign: r, follower: f}
	l.up = lane{l: l, to: r.leader, open: true}
	l.down = lane{l: l, to: f, open: true}
	r.s.links = append(r.s.links, l)
	return l
}

// send lets the receiver run f, with the server's mutex held.
func (n *lane) send(f func()) {
	s := n.l.reign.s
	at := time.Now().Add(s.between(s.opt.quorumMin, s.opt.quorumMax))
	if at.Before(n.last) {
		at = n.last
	}
	n.last = at
	s.at(at, func() {
		switch {
		case !n.open:
		case n.blocked() || len(n.held) > 0:
			n.held = append(n.held, f)
		default:
			n.heard = time.Now()
			f()
		}
	})
}

// blocked reports whether nothing gets through.
func (n *lane) blocked() bool {
	return n.l.cut() || n.to.frozen || n.to.s.frozen
}

// cut reports whether the network between the two is cut.
func (l *link) cut() bool { return l.reign.leader.isolated || l.follower.isolated }

// release delivers what has been held.
func (n *lane) release() {
	if n.blocked() {
		return
	}
	held := n.held
	n.held = nil
	for _, f := range held {
		if n.open {
			n.heard = time.Now()
			f()
		}
	}
}

// announce makes the touched sessions travel to the leader with the answer to its next ping. The ping waits behind a
// cut like everything else, and arrives before what the leader sends after it.
func (l *link) announce() {
	if l.announcing {
		return
	}
	l.announcing = true
	l.reign.leader.at(l.reign.nextPing(), func() {
		l.down.send(func() {
			l.announcing = false
			touched := l.follower.touched
			l.follower.touched = map[int64]int32{}
			l.up.send(func() {
				for _, id := range sortedKeys(touched) {
					l.reign.tracker.touch(id, touched[id])
				}
			})
		})
	})
}

// silent reports whether the receiver of a lane hears nothing: neither what is sent nor that the other lives.
func (l *link) silent(n *lane) bool {
	from := l.reign.leader
	if n == &l.up {
		from = l.follower
	}
	return l.cut() || from.frozen || from.s.frozen
}

// listen starts and stops the clocks by which each end gives a silent link up: a follower after syncLimit ticks
// without a ping or anything else, a leader at the first full tick at which a follower is that far behind.
func (l *link) listen() {
	s, r := l.reign.s, l.reign
	limit := time.Duration(s.opt.syncLimit) * s.opt.tick
	l.watchSilence(0, &l.down, l.down.lastHeard().Add(limit), l.follower, func() { l.follower.leave() })
	l.watchSilence(1, &l.up, r.nextTick(l.up.lastHeard().Add(limit)), r.leader, func() { r.lose(l) })
	if l.down.open && len(l.follower.touched) > 0 {
		l.announce()
	}
}

// lastHeard is when the receiver last heard anything: pings and their answers come every half tick.
func (n *lane) lastHeard() time.Time {
	if ping := n.l.reign.lastPing(); ping.After(n.heard) {
		return ping
	}
	return n.heard
}

func (l *link) watchSilence(i int, n *lane, deadline time.Time, who *Member, giveUp func()) {
	silent := n.open && l.silent(n)
	switch {
	case silent && l.silence[i] == nil:
		var e *event
		e = who.at(deadline, func() {
			if l.silence[i] == e && n.open {
				giveUp()
			}
		})
		l.silence[i] = e
	case !silent && l.silence[i] != nil:
		l.reign.s.agenda.cancel(l.silence[i])
		l.silence[i] = nil
	}
}

// drop closes the receiving end of a lane and lets the other side know, once it can hear.
func (l *link) drop(end, other *lane, tell func()) {
	if end.open {
		end.open, end.held = false, nil
		other.send(tell)
	}
}
