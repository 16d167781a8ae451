package zktest

import (
	"net"
	"slices"
	"time"
)

// role is what a member is to its ensemble.
type role int

const (
	stopped   role = iota // the process does not run
	looking               // for a leader; serves nobody
	following             // a leader, to which it passes writes on
	leading               // alone, or with a quorum behind it
)

// String returns the role as "srvr" and "mntr" know it.
func (r role) String() string {
	return [...]string{"stopped", "looking", "follower", "leader"}[r]
}

// Member is one server of an ensemble. Its methods may be called from any goroutine. What they change is
// changed when they return, but clients see it only when they next hear from the member.
type Member struct {
	Faults
	number   int
	addr     string
	listener net.Listener // nil in memory

	role     role
	life     int // counts starts: what an earlier life has put down is void
	isolated bool
	deferred []func() // what came due while the member was frozen

	tree  *tree
	log   []*txn // proposed to it and not committed
	epoch int64  // of the last leader that it followed

	reign   *reign // what it leads or follows
	link    *link  // to its leader
	joining bool
	touched map[int64]int32 // sessions heard of since the leader's last ping

	nextSession int64
	gridOrigin  time.Time // of the grid on which this machine expires sessions
	conns       []*conn
	data, kids  *watchTable
	stats       memberStats
}

// bit stands for the member in a set of members.
func (m *Member) bit() uint16 { return 1 << m.number }

func (m *Member) serving() bool { return m.role == following || m.role == leading }

// reachable reports whether other members can talk to m.
func (m *Member) reachable() bool {
	return m.role != stopped && !m.isolated && !m.frozen && !m.s.frozen
}

// at runs f at its time with the server's mutex held, unless m has been stopped by then. A frozen member gets
// to it when it thaws.
func (m *Member) at(when time.Time, f func()) *event {
	life := m.life
	return m.s.at(when, func() {
		switch {
		case m.life != life || m.role == stopped:
		case m.frozen || m.s.frozen:
			m.deferred = append(m.deferred, f)
		default:
			f()
		}
	})
}

// connsOf returns the connections of a session at m.
func (m *Member) connsOf(session int64) []*conn {
	var found []*conn
	for _, c := range m.conns {
		if c.session == session {
			found = append(found, c)
		}
	}
	return found
}

func (m *Member) closeConns() {
	for _, c := range slices.Clone(m.conns) {
		c.close()
	}
}

// touch notes that a client has been heard of. A leader knows whether the session still lives; a follower
// believes it and tells its leader at the next ping.
func (m *Member) touch(session int64, timeout int32) bool {
	switch m.role {
	case leading:
		return m.reign.tracker.touch(session, timeout)
	case following:
		m.touched[session] = timeout
		m.link.announce()
	}
	return true
}

// forward passes a request on to the leader, who may be m itself.
func (m *Member) forward(q *request) {
	switch m.role {
	case leading:
		m.reign.propose(m.reign.prepare(q, m))
	case following:
		l := m.link
		l.up.send(func() { l.reign.request(l, q) })
	}
}

// revalidate asks whether a session that a client brings along still lives.
func (m *Member) revalidate(c *conn) {
	switch m.role {
	case leading:
		valid := m.reign.tracker.touch(c.session, c.timeout)
		m.reign.tracker.own(c.session, m)
		c.finishGreeting(valid)
	case following:
		l := m.link
		l.up.send(func() {
			valid := l.reign.tracker.touch(c.session, c.timeout)
			l.reign.tracker.own(c.session, l)
			l.down.send(func() { c.finishGreeting(valid) })
		})
	}
}

// commit applies a transaction, tells those who watch, and answers the client if it is connected here.
func (m *Member) commit(x *txn) {
	results, events := m.tree.apply(x)
	m.fire(events)
	if x.op == OpCloseSession && x.code == OK {
		for _, c := range m.connsOf(x.session) {
			if x.origin == nil || x.origin.conn != c {
				c.close()
			}
		}
	}
	if q := x.origin; q != nil && q.conn != nil && q.conn.m == m {
		q.committed, q.code, q.results = true, x.code, results
		q.conn.drain()
	}
}

// fire sends events to those who watch. Who hears that a node is gone hears it once.
func (m *Member) fire(events []fired) {
	var told []*conn
	for _, e := range events {
		table := m.data
		if e.children {
			table = m.kids
		}
		conns := table.take(e.path, e.event)
		for _, c := range conns {
			if !e.unless || !slices.Contains(told, c) {
				c.notify(e.event, e.path, e.acl)
			}
		}
		told = conns
	}
}
