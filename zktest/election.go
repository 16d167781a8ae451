package zktest

import (
	"slices"
	"time"
)

// quorum is the number of members that decide.
func (s *Server) quorum() int { return len(s.members)/2 + 1 }

// seek makes a member drop its clients and search for a leader.
func (m *Member) seek() {
	if l := m.link; l != nil {
		l.drop(&l.down, &l.up, func() { l.reign.lose(l) })
	}
	m.role, m.reign, m.link = looking, nil, nil
	m.closeConns()
	m.s.consider()
}

// leave is what a follower does that hears nothing from its leader.
func (m *Member) leave() { m.seek() }

// lost is what a follower does whose leader has hung up.
func (m *Member) lost(l *link) {
	if m.link == l {
		m.seek()
	}
}

// consider lets looking members join a leader they can reach, or elect one if they are enough.
func (s *Server) consider() {
	if len(s.members) == 1 || s.closed {
		return
	}
	wanting := 0
	for _, m := range s.voters() {
		if m.candidate() == nil {
			wanting++
			continue
		}
		if !m.joining {
			m.joining = true
			s.at(time.Now().Add(s.between(s.opt.electionMin/4, s.opt.electionMin/2)), func() {
				m.joining = false
				m.join()
			})
		}
	}
	if wanting >= s.quorum() && !s.electing {
		s.electing = true
		s.at(time.Now().Add(s.between(s.opt.electionMin, s.opt.electionMax)), func() {
			s.electing = false
			s.elect()
		})
	}
}

// candidate returns the reign that a looking member can join, if there is one. It follows nobody of an epoch
// before the one that it has seen.
func (m *Member) candidate() *reign {
	if r := m.s.current(); r != nil && r.epoch >= m.epoch {
		return r
	}
	return nil
}

// current returns the reign of the latest leader that others can reach.
func (s *Server) current() *reign {
	var best *reign
	for _, m := range s.members {
		if m.role == leading && m.reachable() && (best == nil || m.reign.epoch > best.epoch) {
			best = m.reign
		}
	}
	return best
}

// voters are the members that can elect.
func (s *Server) voters() []*Member {
	var voters []*Member
	for _, m := range s.members {
		if m.role == looking && m.reachable() {
			voters = append(voters, m)
		}
	}
	return voters
}

// elect makes the voter that knows most the leader. What it has logged counts as committed from then on,
// whether its client was told or not.
func (s *Server) elect() {
	voters := slices.DeleteFunc(s.voters(), func(m *Member) bool { return m.candidate() != nil })
	if s.closed || len(voters) < s.quorum() {
		s.consider()
		return
	}
	best := voters[0]
	for _, m := range voters[1:] {
		if m.epoch > best.epoch || m.epoch == best.epoch && m.logged() >= best.logged() {
			best = m
		}
	}
	for _, x := range best.log {
		best.tree.apply(x)
	}
	best.log = nil
	s.epoch++
	s.newReign(best, s.epoch)
	for _, m := range voters {
		if m != best {
			m.join()
		}
	}
}

// logged is the zxid of the last transaction that the member has on its disk.
func (m *Member) logged() int64 {
	if n := len(m.log); n > 0 {
		return m.log[n-1].zxid
	}
	return m.tree.zxid
}

// join makes a looking member a follower of the leader that it can reach. It takes over the leader's tree and
// whatever is proposed, and forgets what it alone has logged.
func (m *Member) join() {
	r := m.candidate()
	if r == nil || m.role != looking || !m.reachable() {
		m.s.consider()
		return
	}
	l := r.newLink(m)
	m.tree = r.leader.tree.clone()
	m.log = nil
	m.role, m.reign, m.link, m.epoch = following, r, l, r.epoch
	m.touched = map[int64]int32{}
	r.links = append(slices.DeleteFunc(r.links, func(o *link) bool { return o.follower == m }), l)
	for _, p := range r.outstanding {
		m.log = append(m.log, p.x)
		l.up.send(func() { r.ack(m, p.x.zxid) })
	}
}
