package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
	"burrow.example/zookeeper/internal/realzk"
)

// The ensemble's settings and the fleet's, as in the figures that are known of other clients.
const (
	sessionTimeout = 6 * time.Second
	tickTime       = 2 * time.Second
	fleetSize      = 3
)

// How long things are given.
const (
	ensembleLimit = time.Minute      // for an ensemble to be complete
	startLimit    = 30 * time.Second // for a fleet to be in place
	calm          = 8 * time.Second  // watched after healing, longer than a session can live on
	steady        = 2 * time.Second  // a leader that acts alone for this long has settled
	givenUp       = 18 * time.Second // after healing: no more leader will come in time
)

// scene is one run of one fault: the fleets in place, on one ensemble, in front of one observer.
type scene struct {
	ensemble *realzk.Ensemble
	observer *observer
	pulse    *pulse
	fleets   []*fleet
	target   int // the server that the holders talk to
	begun    time.Duration
	healed   time.Duration
}

func (s *scene) holders() []*member {
	var all []*member
	for _, f := range s.fleets {
		all = append(all, f.holder())
	}
	return all
}

func (s *scene) eachHolder(do func(*member) error) error {
	var all error
	for _, holder := range s.holders() {
		all = errors.Join(all, do(holder))
	}
	return all
}

// openLinks ends whatever was done to the holders' ways to the servers.
func (s *scene) openLinks() {
	for _, holder := range s.holders() {
		holder.links.Heal()
	}
}

// complete waits until all servers serve again.
func (s *scene) complete() error {
	ctx, cancel := context.WithTimeout(context.Background(), ensembleLimit)
	defer cancel()
	return s.ensemble.WaitAll(ctx)
}

// begin notes the beginning of the fault.
func (s *scene) begin() {
	for _, f := range s.fleets {
		f.node, _ = s.observer.first(f.dir())
	}
	s.begun = instance.Now()
}

// heal notes its end.
func (s *scene) heal() { s.healed = instance.Now() }

// rest lets time pass: the fault lasts.
func (s *scene) rest(d time.Duration) { <-time.After(d) }

// await polls until a condition holds.
func await(what string, limit time.Duration, ready func() bool) error {
	deadline := time.After(limit)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !ready() {
		select {
		case <-poll.C:
		case <-deadline:
			return fmt.Errorf("%s: not within %v", what, limit)
		}
	}
	return nil
}

func (s *scene) startHolders() error {
	var all error
	for _, f := range s.fleets {
		all = errors.Join(all, f.start(f.holder()))
	}
	return all
}

func (s *scene) startOthers() error {
	var all error
	for _, f := range s.fleets {
		all = errors.Join(all, f.start(f.members[1:]...))
	}
	return all
}

// assemble starts the fleets, the holders first, and returns when all are in their place.
func (s *scene) assemble() error {
	if err := s.startHolders(); err != nil {
		return err
	}
	for _, f := range s.fleets {
		err := await(f.kind+" holder acts", startLimit, func() bool {
			_, acted := f.holder().find(instance.Action, 0)
			return acted
		})
		if err != nil {
			return err
		}
	}
	if err := s.startOthers(); err != nil {
		return err
	}
	for _, f := range s.fleets {
		err := await(f.kind+" fleet queues", startLimit, func() bool {
			_, contenders := s.observer.first(f.dir())
			return contenders == len(f.members)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// watch returns when everything has calmed down after the fault, or nothing more is to be expected.
func (s *scene) watch() {
	s.rest(calm - (instance.Now() - s.healed))
	await("fleets settle", givenUp-(instance.Now()-s.healed), func() bool {
		for _, f := range s.fleets {
			if !f.settled(steady) {
				return false
			}
		}
		return true
	}) // if not, the verdict says so
}

// evidence is what is known of a fleet by now.
func (s *scene) evidence(f *fleet, of fault) evidence {
	e := evidence{
		promise: of.promise,
		fenced:  f.kind == instance.Library,
		pause:   of.pause,
		begun:   s.begun,
		healed:  s.healed,
		commits: s.observer.committed(),
		beats:   s.pulse.times(),
		crashed: f.crashed(),
		end:     instance.Now(),
	}
	fleet := f.deeds()
	e.turns, e.trust = turns(fleet), leastTrust(fleet, s.begun)
	if at, gone := s.observer.goneAt(f.node); gone {
		e.deleted = at
	}
	if r, tried := f.holder().find(instance.Guarded, s.begun); tried && r.Text != instance.GuardPassed {
		e.guarded = r.At - s.begun
	}
	return e
}
