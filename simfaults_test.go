package zookeeper

import (
	"fmt"
	"path"
	"slices"
	"time"

	"burrow.example/zookeeper/zktest"
)

// ongoing is a lasting fault.
type ongoing struct {
	name string
	heal func()
}

// inject makes faults for a while, then heals everything.
func (s *sim) inject() {
	time.Sleep(time.Duration(s.random.Int64N(int64(3 * time.Second))))
	for time.Since(s.begun) < simFaults {
		s.fault()
		time.Sleep(s.pause())
		for len(s.faults) > 0 && s.random.IntN(3) > 0 {
			s.healOne(s.random.IntN(len(s.faults)))
		}
	}
	for len(s.faults) > 0 {
		s.healOne(0)
	}
	s.server.Heal()
}

// pause is mostly short, and now and then long enough for every timeout to strike.
func (s *sim) pause() time.Duration {
	longest := 2 * time.Second
	if s.random.IntN(4) == 0 {
		longest = 15 * time.Second
	}
	return time.Duration(s.random.Int64N(int64(longest)))
}

func (s *sim) healOne(n int) {
	f := s.faults[n]
	s.log.Info("heal " + f.name)
	f.heal()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults[:n], s.faults[n+1:]...)
	s.disturbed = time.Now()
}

func (s *sim) lasting(name string, begin, heal func()) {
	s.log.Info("fault: " + name)
	s.mu.Lock()
	s.faults = append(s.faults, &ongoing{name, heal})
	s.mu.Unlock()
	begin()
}

func (s *sim) striking(name string, strike func()) {
	s.log.Info("fault: " + name)
	s.mu.Lock()
	s.disturbed = time.Now()
	s.mu.Unlock()
	strike()
}

var (
	lossy   = []zktest.Op{zktest.OpCreate, zktest.OpMulti, zktest.OpDelete, zktest.OpExists, zktest.OpGetData, zktest.OpGetChildren2, zktest.OpConnect, zktest.OpSync}
	refused = []zktest.Op{zktest.OpCreate, zktest.OpMulti, zktest.OpDelete, zktest.OpGetChildren2}
)

// fault makes one, of a random kind, to somebody.
func (s *sim) fault() {
	a := s.agents[s.random.IntN(len(s.agents))]
	m := s.server.Members()[s.random.IntN(3)]
	if leader := s.server.Leader(); leader != nil && s.random.IntN(2) == 0 {
		m = leader // the leader is where it hurts
	}
	member := fmt.Sprintf("member %d", m.Number())
	switch s.random.IntN(18) {
	case 0, 1:
		s.lasting("cut "+a.name, a.net.Cut, a.net.Heal)
	case 2:
		s.lasting("freeze all that "+a.name+" talks to", a.net.Freeze, a.net.Thaw)
	case 3:
		s.lasting("mute for "+a.name, a.net.Mute, a.net.Unmute)
	case 4:
		delay := time.Duration(s.random.Int64N(int64(2 * time.Second)))
		s.lasting(fmt.Sprintf("delay of %v for %s", delay, a.name), func() { a.net.Delay(delay) }, func() { a.net.Delay(0) })
	case 5:
		s.striking("reset "+a.name, a.net.ResetConnections)
	case 6, 7:
		op := lossy[s.random.IntN(len(lossy))]
		s.striking(fmt.Sprintf("lose the next reply to a %v of %s", op, a.name), func() { a.net.LoseNextReply(op) })
	case 8:
		op := refused[s.random.IntN(len(refused))]
		s.striking(fmt.Sprintf("session of %s moved at its next %v", a.name, op), func() { a.net.FailNext(op, zktest.SessionMoved) })
	case 9:
		s.striking("reset all connections", s.server.ResetConnections)
	case 10, 11:
		s.lasting("isolate "+member, m.Isolate, m.Heal)
	case 12:
		s.lasting("freeze "+member, m.Freeze, m.Thaw)
	case 13:
		s.lasting("mute "+member, m.Mute, m.Unmute)
	case 14:
		if m.Role() != "stopped" {
			s.lasting("stop "+member, m.Stop, func() {
				if err := m.Restart(); err != nil {
					s.violation("restart of %s: %v", member, err)
				}
			})
		}
	case 15:
		s.striking("reset the clients of "+member, m.ResetConnections)
	case 16:
		if sessions := s.server.Sessions(); len(sessions) > 0 {
			session := sessions[s.random.IntN(len(sessions))]
			s.striking("end the session of "+session.Client, func() {
				if s.server.ExpireSession(session.ID) {
					s.force(session.ID, 0)
				}
			})
		}
	case 17:
		nodes := s.server.Nodes(path.Join(simRoot, simName))
		if len(nodes) > 1 {
			nodes = nodes[1:]
			slices.SortFunc(nodes, func(a, b zktest.Node) int { return int(a.Stat.Czxid - b.Stat.Czxid) }) // names are random
			node := nodes[s.random.IntN(len(nodes))]
			s.striking(fmt.Sprintf("delete lock node %d", node.Stat.Czxid), func() {
				if s.server.Delete(node.Path) == nil {
					s.force(0, node.Stat.Czxid)
				}
			})
		}
	}
}

// force notes that the lock nodes of a session, or the one node given, were taken away without waiting for anybody: the
// term may be running, or be about to begin before its holder can have heard.
func (s *sim) force(session, node int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, taking{session, node, time.Now()})
	for _, a := range s.agents {
		if a.term != nil && a.forced.IsZero() {
			a.forced = s.takenAt(a.term)
		}
	}
}

type taking struct {
	session, node int64
	at            time.Time
}

// takenAt returns when the lock of a term was taken away; zero if it was not. It assumes s.mu.
func (s *sim) takenAt(l *Leadership) time.Time {
	for _, t := range s.taken {
		if t.node == l.Term() || t.node == 0 && t.session == l.hold.node.session.id {
			return t.at
		}
	}
	return time.Time{}
}
