package main

import (
	"errors"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
	"burrow.example/zookeeper/internal/realzk"
)

// fault is one way of making trouble.
type fault struct {
	name    string
	brief   string
	place   place
	unled   bool // act starts the fleets: nobody leads before
	promise promise
	pause   time.Duration // for which the holder's own process is stopped, and cannot act
	act     func(*scene) error
	short   bool // part of the short selection
}

// place is which server the holder talks to.
type place int

const (
	onFollower place = iota
	onLeader
)

// faults are all of them, in the order of the report.
var faults = []fault{
	{name: "drop", brief: "holder's packets silently dropped, 20 s", promise: passes, act: cutHolder, short: true},
	{name: "reset", brief: "holder's connection reset", promise: keeps, act: resetHolder, short: true},
	{name: "freeze", brief: "holder's server (follower) frozen, 12 s", promise: keeps, act: freezeServer(12 * time.Second)},
	{name: "freeze-next-drops", brief: "holder's server (follower) frozen, the next one drops connection attempts", promise: keeps,
		act: withNext((*realzk.Proxy).Drop, freezeServer(12*time.Second))},
	{name: "freeze-next-mute", brief: "holder's server (follower) frozen, the next one accepts and stays mute", promise: keeps,
		act: withNext((*realzk.Proxy).Mute, freezeServer(12*time.Second)), short: true},
	{name: "freeze-leader", brief: "holder's server (leader) frozen, 20 s", place: onLeader, promise: rides, act: freezeServer(20 * time.Second)},
	{name: "kill", brief: "holder's server (follower) killed, back after 8 s", promise: keeps, act: killServer},
	{name: "kill-next-drops", brief: "holder's server (follower) killed, the next one drops connection attempts", promise: keeps,
		act: withNext((*realzk.Proxy).Drop, killServer)},
	{name: "kill-next-mute", brief: "holder's server (follower) killed, the next one accepts and stays mute", promise: keeps,
		act: withNext((*realzk.Proxy).Mute, killServer)},
	{name: "kill-leader", brief: "holder's server (leader) killed, back after 8 s", place: onLeader, promise: rides, act: killServer, short: true},
	{name: "cut-follower", brief: "holder's follower cut off from the other two, 20 s", promise: keeps, act: isolateServer},
	{name: "cut-follower-next-drops", brief: "holder's follower cut off, the next one drops connection attempts", promise: keeps,
		act: withNext((*realzk.Proxy).Drop, isolateServer)},
	{name: "cut-follower-next-mute", brief: "holder's follower cut off, the next one accepts and stays mute", promise: keeps,
		act: withNext((*realzk.Proxy).Mute, isolateServer)},
	{name: "cut-follower-only", brief: "holder's follower cut off, and it reaches no other server", promise: passes,
		act: withOthers((*realzk.Proxy).Cut, isolateServer), short: true},
	{name: "cut-leader", brief: "holder's leader cut off from the other two, 20 s", place: onLeader, promise: rides, act: isolateServer, short: true},
	{name: "pause-leader", brief: "leader process paused 3.2 s", place: onLeader, promise: keeps, act: freezeServer(3200 * time.Millisecond), short: true},
	{name: "pause-leader-often", brief: "leader process paused 1.6 s, eight times, 1 s apart", place: onLeader, promise: keeps, act: pauseServerOften},
	{name: "pause-holder", brief: "holder process paused 2.6 s, less than its trust", promise: keeps, pause: 2600 * time.Millisecond,
		act: pauseHolder(2600 * time.Millisecond), short: true},
	{name: "stop-holder", brief: "holder process stopped for two timeouts, 12 s", promise: passes, act: pauseHolder(12 * time.Second), short: true},
	{name: "lost-create", brief: "reply to the create lost, reconnect at once", unled: true, promise: recovers, act: loseCreate(0), short: true},
	{name: "lost-create-refused", brief: "reply to the create lost, reconnects refused for 3 s", unled: true, promise: recovers, act: loseCreate(3 * time.Second)},
	{name: "expire", brief: "session closed by a third party", promise: takenAway, act: expireSession, short: true},
	{name: "delete", brief: "lock node deleted by an operator", promise: takenAway, act: deleteNode, short: true},
	{name: "rolling", brief: "all servers restarted one after the other", promise: rides, act: restartAll},
	{name: "outage", brief: "all servers down for a minute", promise: rides, act: stopAll(time.Minute)},
	{name: "stop", brief: "clean stop of the holder", promise: handsOver, act: stopHolder, short: true},
}

func cutHolder(s *scene) error {
	s.begin()
	s.eachHolder(func(m *member) error { m.links.Cut(); return nil })
	s.rest(20 * time.Second)
	s.openLinks()
	s.heal()
	return nil
}

func resetHolder(s *scene) error {
	s.begin()
	s.eachHolder(func(m *member) error { m.links.Reset(); return nil })
	s.heal()
	return nil
}

func freezeServer(d time.Duration) func(*scene) error {
	return func(s *scene) error {
		s.begin()
		err := s.freezeServer(d)
		s.heal()
		return err
	}
}

func pauseServerOften(s *scene) error {
	s.begin()
	for range 8 {
		if err := s.freezeServer(1600 * time.Millisecond); err != nil {
			return err
		}
		s.rest(time.Second)
	}
	s.heal()
	return nil
}

func (s *scene) freezeServer(d time.Duration) error {
	if err := s.ensemble.Freeze(s.target); err != nil {
		return err
	}
	s.rest(d)
	return s.ensemble.Thaw(s.target)
}

func killServer(s *scene) error {
	s.begin()
	if err := s.ensemble.Kill(s.target); err != nil {
		return err
	}
	s.rest(8 * time.Second)
	err := s.ensemble.StartAgain(s.target)
	s.heal()
	return err
}

func isolateServer(s *scene) error {
	s.begin()
	s.ensemble.IsolateServer(s.target)
	s.rest(20 * time.Second)
	s.ensemble.HealServer(s.target)
	s.heal()
	return nil
}

// withNext does something to the holders' ways to the server that they try next, before another fault.
func withNext(verb func(*realzk.Proxy), act func(*scene) error) func(*scene) error {
	return func(s *scene) error {
		for _, holder := range s.holders() {
			verb(holder.way(1))
		}
		err := act(s)
		s.openLinks()
		return err
	}
}

// withOthers does something to the holders' ways to both other servers, before another fault.
func withOthers(verb func(*realzk.Proxy), act func(*scene) error) func(*scene) error {
	return withNext(verb, func(s *scene) error {
		for _, holder := range s.holders() {
			verb(holder.way(2))
		}
		return act(s)
	})
}

func pauseHolder(d time.Duration) func(*scene) error {
	return func(s *scene) error {
		s.begin()
		err := s.eachHolder((*member).freeze)
		s.rest(d)
		err = errors.Join(err, s.eachHolder((*member).thaw))
		s.heal()
		return err
	}
}

// loseCreate loses the reply to the create of the first instance, on an idle lock, and has it unable to reconnect for
// a while. The others start when it has happened.
func loseCreate(refused time.Duration) func(*scene) error {
	return func(s *scene) error {
		var lost []<-chan realzk.Request
		for _, holder := range s.holders() {
			var then func()
			if refused > 0 {
				then = holder.links.Refuse
			}
			lost = append(lost, holder.links.LoseReply(realzk.LockCreate, then))
		}
		if err := s.startHolders(); err != nil {
			return err
		}
		for _, l := range lost {
			select {
			case <-l:
			case <-time.After(startLimit):
				return errors.New("no create came")
			}
		}
		s.begin()
		if err := s.startOthers(); err != nil {
			return err
		}
		s.rest(refused)
		s.openLinks()
		s.heal()
		return nil
	}
}

func expireSession(s *scene) error {
	s.begin()
	err := s.eachHolder(func(m *member) error { return errors.Join(m.links.Expire(), m.tell(instance.Guard)) })
	s.heal()
	return err
}

func deleteNode(s *scene) error {
	s.begin()
	var all error
	for _, f := range s.fleets {
		all = errors.Join(all, s.observer.delete(f.node), f.holder().tell(instance.Guard))
	}
	s.heal()
	return all
}

func restartAll(s *scene) error {
	s.begin()
	for i := range s.ensemble.Servers() {
		if err := errors.Join(s.ensemble.Stop(i), s.ensemble.StartAgain(i), s.complete()); err != nil {
			return err
		}
		s.rest(tickTime) // an operator would have a look
	}
	s.heal()
	return nil
}

func stopAll(d time.Duration) func(*scene) error {
	return func(s *scene) error {
		s.begin()
		var all error
		for i := range s.ensemble.Servers() {
			all = errors.Join(all, s.ensemble.Kill(i))
		}
		s.rest(d)
		for i := range s.ensemble.Servers() {
			all = errors.Join(all, s.ensemble.StartAgain(i))
		}
		s.heal()
		return all
	}
}

func stopHolder(s *scene) error {
	s.begin()
	err := s.eachHolder(func(m *member) error { return m.tell(instance.Stop) })
	s.heal()
	return err
}
