package zktest

import "time"

// Freeze stops the member as SIGSTOP stops a process: connections stay and can be made, nothing is read or
// answered, and the rest of the ensemble hears nothing of it.
func (m *Member) Freeze() { m.set(func() { m.frozen = true }) }

// Thaw lets a frozen member go on, with everything that has come in the meantime and with all its clocks late.
func (m *Member) Thaw() { m.set(func() { m.frozen = false }) }

// Isolate cuts the member off from the other members, not from its clients. A follower goes on answering pings
// and reads from what it knows, commits nothing and hears of nothing, until it drops its clients after syncLimit
// ticks; a leader does the same, answers sync as well, and expires sessions that it no longer hears of. A single
// server has nobody to be cut off from.
func (m *Member) Isolate() { m.set(func() { m.isolated = true }) }

// Heal ends every lasting fault of the member: Isolate, Cut, Freeze, Mute, Delay, and what was to strike once.
// It does not restart a member that has been stopped.
func (m *Member) Heal() {
	m.set(func() {
		m.isolated = false
		m.clear()
	})
}

// Stop ends the member as kill -9 does. Its connections end, its address refuses new ones, its data stays. Freeze
// ends with it; other faults outlive it.
func (m *Member) Stop() {
	m.set(m.stop)
	m.s.unlisten(m)
}

func (m *Member) stop() {
	if m.role == stopped {
		return
	}
	if m.role == leading {
		m.reign.end()
	}
	if l := m.link; l != nil {
		l.drop(&l.down, &l.up, func() { l.reign.lose(l) })
	}
	m.role, m.reign, m.link, m.joining, m.deferred = stopped, nil, nil, false, nil
	m.frozen = false // who restarts a frozen process has another one
	m.life++
	m.closeConns()
}

// Restart starts a stopped member again, at the same address and with the data that it had. It fails if the
// address has been taken in the meantime.
func (m *Member) Restart() error {
	m.s.mu.Lock()
	running := m.role != stopped || m.s.closed
	m.s.mu.Unlock()
	if running {
		return nil
	}
	if err := m.s.listen(m); err != nil {
		return err
	}
	m.set(m.start)
	return nil
}

// start begins a life of the member. A single server leads at once.
func (m *Member) start() {
	s := m.s
	m.role = looking
	m.gridOrigin = time.Now().Add(-s.between(0, s.opt.tick))
	if len(s.members) == 1 {
		for _, x := range m.log {
			m.tree.apply(x)
		}
		m.log = nil
		s.newReign(m, 0)
	}
}

// Freeze stops all members, as Member.Freeze does.
func (s *Server) Freeze() { s.set(func() { s.frozen = true }) }

// Thaw ends Server.Freeze. Members that have been frozen one by one stay so.
func (s *Server) Thaw() { s.set(func() { s.frozen = false }) }

// Heal ends every lasting fault everywhere: of the server, of its members, of its clients. Members that have
// been stopped stay so.
func (s *Server) Heal() {
	s.set(func() {
		s.clear()
		for _, m := range s.members {
			m.isolated = false
			m.clear()
		}
		for _, c := range s.clients {
			c.clear()
		}
	})
}

// ExpireSession ends a session now, as if it had not been heard of for its timeout: its ephemeral nodes go, its
// connection is closed, and its client is told that it has expired when it comes back. A third party that closes
// the session does the same. It reports whether there was such a session and a leader to end it.
func (s *Server) ExpireSession(id int64) bool {
	done := false
	s.set(func() {
		if r := s.current(); r != nil && r.tracker.sessions[id] != nil && !r.tracker.sessions[id].closing {
			r.closeSession(id)
			done = true
		}
	})
	return done
}
