package zktest

import "slices"

// settle lets what a change of faults has freed go on: messages between members first, then what members have
// put off and what clients have sent, and attempts to connect last.
func (s *Server) settle() {
	s.links = slices.DeleteFunc(s.links, func(l *link) bool { return !l.up.open && !l.down.open })
	for _, l := range slices.Clone(s.links) {
		l.listen()
		l.down.release()
		l.up.release()
	}
	// Which of the two a process that wakes up does first is anybody's guess.
	if s.rand.IntN(2) == 0 {
		s.resume()
		s.pumpAll()
	} else {
		s.pumpAll()
		s.resume()
	}
	for _, d := range slices.Clone(s.dialing) {
		d.retry()
	}
	s.consider()
}

func (s *Server) resume() {
	for _, m := range s.members {
		if !m.frozen && !s.frozen {
			due := m.deferred
			m.deferred = nil
			for _, f := range due {
				f()
			}
		}
	}
}

func (s *Server) pumpAll() {
	for _, m := range s.members {
		for _, c := range slices.Clone(m.conns) {
			c.pump()
		}
	}
	for _, c := range s.lingering() {
		c.flush()
	}
}
