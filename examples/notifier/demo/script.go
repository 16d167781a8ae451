package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// script is the play: four outages of the shop, and what befalls the leaders meanwhile.
type script struct {
	*stage.Play
	fleet *fleet
}

var names = []string{"notifier-1", "notifier-2", "notifier-3"}

func (s *script) play(ctx context.Context) error {
	s.Teller.Scene("Three notifiers start (session timeout %v); one of them leads", sessionTimeout)
	for _, name := range names {
		if err := s.fleet.start(name); err != nil {
			return err
		}
	}
	if err := s.Settled(ctx); err != nil {
		return err
	}
	for _, act := range []struct {
		title, meanwhile string
		happens          func(context.Context) error
	}{
		{"nobody dies", "nothing", s.nothing},
		{"the leader is killed (SIGKILL) while the shop is down", "leader killed", s.killed},
		{"the leader is asked to end (SIGTERM) while the shop is down", "leader ended", s.ended},
		{"the leader is killed as the webhook has taken its word but not yet said so", "leader killed mid-sentence", s.killedMidSentence},
	} {
		if err := s.Outage(ctx, act.title, act.meanwhile, act.happens); err != nil {
			return err
		}
	}
	s.Teller.Scene("The end")
	return s.Quiet(ctx)
}

func (s *script) nothing(ctx context.Context) error {
	_, err := s.Opened(ctx)
	return err
}

func (s *script) killed(ctx context.Context) error {
	note := fmt.Sprintf("the session has to expire first: %v and up to a tick of the server, %v", sessionTimeout, tickTime)
	return s.dies(ctx, "killed (SIGKILL)", note, func(ctx context.Context) (string, time.Time, error) {
		leader, err := s.Opened(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		s.Teller.Say("demo", "kill -9 %s", leader)
		at, err := s.fleet.kill(leader)
		return leader, at, err
	})
}

func (s *script) ended(ctx context.Context) error {
	return s.dies(ctx, "ended (SIGTERM)", "the lock is released on the way out", func(ctx context.Context) (string, time.Time, error) {
		leader, err := s.Opened(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		s.Teller.Say("demo", "kill -TERM %s", leader)
		at, err := s.fleet.terminate(leader)
		return leader, at, err
	})
}

// killedMidSentence kills the leader after the webhook has accepted its open event and before it can know, so that the
// next leader has to say it again.
func (s *script) killedMidSentence(ctx context.Context) error {
	type death struct {
		leader string
		at     time.Time
		err    error
	}
	died := make(chan death, 1)
	s.Verdict.Receiver.BeforeAnswer(func(uptime.Event) {
		leader := s.Leader()
		s.Teller.Say("demo", "kill -9 %s, which waits for the webhook's answer", leader)
		at, err := s.fleet.kill(leader)
		died <- death{leader, at, err}
	})
	return s.dies(ctx, "killed mid-sentence", "the next leader cannot know, and says it again", func(ctx context.Context) (string, time.Time, error) {
		s.Shop.GoDown()
		select {
		case d := <-died:
			return d.leader, d.at, d.err
		case <-ctx.Done():
			return "", time.Time{}, errors.New("the webhook heard of no open")
		}
	})
}

// dies has the leader die, and starts it again once another has taken over.
func (s *script) dies(ctx context.Context, how, note string, death func(context.Context) (string, time.Time, error)) error {
	leader := s.Leader()
	if err := s.HandOver(ctx, how, note, death); err != nil {
		return err
	}
	s.Teller.Say("demo", "starting %s again", leader)
	return s.fleet.start(leader)
}
