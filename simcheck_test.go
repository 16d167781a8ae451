package zookeeper

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

func (s *sim) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violate(format, args...)
}

// violate assumes s.mu.
func (s *sim) violate(format string, args ...any) {
	text := fmt.Sprintf("at %.3f s: ", time.Since(s.begun).Seconds()) + fmt.Sprintf(format, args...)
	s.violations = append(s.violations, text)
	s.log.Error("VIOLATION " + text)
}

// begins checks that a term that begins is the only one.
func (a *agent) begins(l *Leadership) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log.Info("begins", zap.String("instance", a.name), zap.Int64("term", l.Term()))
	a.term, a.working, a.forced = l, true, a.takenAt(l)
	if !a.forced.IsZero() {
		return // it begins without its node, and is told in a moment
	}
	if n := len(a.terms); n > 0 && a.terms[n-1] >= l.Term() {
		a.violate("term %d of %s begins after term %d", l.Term(), a.name, a.terms[n-1])
	}
	a.terms = append(a.terms, l.Term())
	for _, other := range a.agents {
		if other != a && other.working && other.forced.IsZero() {
			a.violate("term %d of %s begins while %s still works for term %d", l.Term(), a.name, other.name, other.term.Term())
		}
	}
	a.check()
}

func (a *agent) ends(l *Leadership) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log.Info("ends", zap.String("instance", a.name), zap.Int64("term", l.Term()))
	a.working = false
	a.check()
}

// acts checks that nobody has overtaken an instance that may act.
func (a *agent) acts(l *Leadership) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.terms); l.Valid() && a.forced.IsZero() && l.Term() != a.terms[n-1] {
		a.violate("%s acts for term %d, in term %d", a.name, l.Term(), a.terms[n-1])
	}
	if l.Valid() && l.Context().Err() != nil {
		a.violate("%s: valid after its context's end", a.name)
	}
	a.check()
}

// hears checks that the news of its end has reached a term in time.
func (a *agent) hears(l *Leadership) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	a.late()
}

func (a *agent) wrote(w write) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes = append(a.writes, w)
}

// news is how long the end of a lock by force may take to reach a holder whom nothing keeps from hearing of it.
const news = 100 * time.Millisecond

// check counts those who believe that they may act. It assumes s.mu.
func (s *sim) check() {
	now := time.Now()
	if len(s.faults) > 0 {
		s.disturbed = now
	}
	var valid *agent
	for _, a := range s.agents {
		if a.term == nil || !a.term.Valid() {
			continue
		}
		if a.forced.IsZero() {
			if valid != nil {
				s.violate("valid at once: %s and %s", valid.name, a.name)
			}
			valid = a
		} else {
			a.late()
		}
	}
}

// late checks that a term that was ended by force has not had the time to hear of it, if it has not. It assumes sim.mu.
func (a *agent) late() {
	if since := time.Since(a.forced); !a.forced.IsZero() && since > news && a.forced.After(a.disturbed) {
		a.violate("%s does not know after %v that its term was ended", a.name, since)
	}
}

// settle checks that somebody leads soon after everything has healed, and that this is the end of it.
func (s *sim) settle() {
	const soon, calm = simTimeout + simTick, simTimeout
	s.log.Info("all healed")
	healed := time.Now()
	for s.leader() == "" {
		if time.Since(healed) > soon {
			s.violation("nobody leads %v after all has healed", soon)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(soon - time.Since(healed))
	leader := s.leader()
	time.Sleep(calm)
	if now := s.leader(); leader == "" || now != leader {
		s.violation("%q led after all had healed, %q does %v later", leader, now, calm)
	}
}

func (s *sim) leader() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.agents {
		if a.term != nil && a.term.Valid() {
			return a.name
		}
	}
	return ""
}

// checkWrites checks that no guarded write of a term was made after one of a later term.
func (s *sim) checkWrites() {
	slices.SortFunc(s.writes, func(a, b write) int { return int(a.zxid - b.zxid) })
	for n := 1; n < len(s.writes); n++ {
		if before, after := s.writes[n-1], s.writes[n]; after.term < before.term {
			s.violation("a write of term %d was guarded by nothing: term %d had written before", after.term, before.term)
		}
	}
}
