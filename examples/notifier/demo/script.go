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
	teller  *stage.Teller
	fleet   *fleet
	queue   *queue
	shop    *stage.Site
	verdict *stage.Verdict
}

var names = []string{"notifier-1", "notifier-2", "notifier-3"}

// patience is how long any one step may take.
const patience = 20 * time.Second

func (s *script) play(ctx context.Context) error {
	s.teller.Scene("Three notifiers start (session timeout %v); one of them leads", sessionTimeout)
	for _, name := range names {
		if err := s.fleet.start(name); err != nil {
			return err
		}
	}
	if err := s.settled(ctx); err != nil {
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
		if err := s.outage(ctx, act.title, act.meanwhile, act.happens); err != nil {
			return fmt.Errorf("outage %d: %w", len(s.verdict.Outages), err)
		}
	}
	s.teller.Scene("The end")
	return s.quiet(ctx)
}

// outage takes the shop down, has something happen, and brings the shop back.
func (s *script) outage(ctx context.Context, title, meanwhile string, happens func(context.Context) error) error {
	s.teller.Scene("Outage %d: %s", len(s.verdict.Outages)+1, title)
	s.verdict.Outages = append(s.verdict.Outages, stage.Outage{Began: time.Now(), Meantime: meanwhile})
	if err := happens(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	back := time.Now()
	s.shop.ComeBack()
	if _, err := s.verdict.Receiver.Await(ctx, uptime.CloseEvent, back); err != nil {
		return err
	}
	return s.settled(ctx)
}

func (s *script) nothing(ctx context.Context) error {
	if _, err := s.opened(ctx); err != nil {
		return err
	}
	return s.quiet(ctx)
}

func (s *script) killed(ctx context.Context) error {
	return s.handOver(ctx, "killed (SIGKILL)", "the session has to expire first: "+sessionTimeout.String()+" and up to a tick of the server",
		func(ctx context.Context) (string, time.Time, error) {
			leader, err := s.opened(ctx)
			if err != nil {
				return "", time.Time{}, err
			}
			s.teller.Say("demo", "kill -9 %s", leader)
			at, err := s.fleet.kill(leader)
			return leader, at, err
		})
}

func (s *script) ended(ctx context.Context) error {
	return s.handOver(ctx, "ended (SIGTERM)", "the lock is released on the way out",
		func(ctx context.Context) (string, time.Time, error) {
			leader, err := s.opened(ctx)
			if err != nil {
				return "", time.Time{}, err
			}
			s.teller.Say("demo", "kill -TERM %s", leader)
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
	s.verdict.Receiver.BeforeAnswer(func(uptime.Event) {
		leader := s.verdict.Ledger.Last().Instance
		s.teller.Say("demo", "kill -9 %s, which waits for the webhook's answer", leader)
		at, err := s.fleet.kill(leader)
		died <- death{leader, at, err}
	})
	return s.handOver(ctx, "killed mid-sentence", "the next leader cannot know, and says it again",
		func(ctx context.Context) (string, time.Time, error) {
			s.shop.GoDown()
			select {
			case d := <-died:
				return d.leader, d.at, d.err
			case <-ctx.Done():
				return "", time.Time{}, errors.New("the webhook heard of no open")
			}
		})
}

// handOver ends the leader in the given way, measures until the next one acts, and starts the old one again.
func (s *script) handOver(ctx context.Context, how, note string, end func(context.Context) (string, time.Time, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	term := s.verdict.Ledger.Last().Term
	old, at, err := end(ctx)
	if err != nil {
		return err
	}
	next, err := s.verdict.Ledger.Await(ctx, term)
	if err != nil {
		return err
	}
	h := stage.HandOver{How: how, From: old, To: next.Instance, Took: next.At.Sub(at), Note: note}
	s.verdict.HandOvers = append(s.verdict.HandOvers, h)
	s.teller.Say("demo", "%s took over from %s after %s", h.To, h.From, stage.Took(h.Took))
	if err := s.quiet(ctx); err != nil {
		return err
	}
	s.teller.Say("demo", "starting %s again", old)
	return s.fleet.start(old)
}

// opened takes the shop down, waits until the webhook has heard of it and the leader knows that it has, and names the
// leader.
func (s *script) opened(ctx context.Context) (leader string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	down := time.Now()
	s.shop.GoDown()
	if _, err := s.verdict.Receiver.Await(ctx, uptime.OpenEvent, down); err != nil {
		return "", err
	}
	if err := s.quiet(ctx); err != nil {
		return "", err
	}
	return s.verdict.Ledger.Last().Instance, nil
}

// quiet lets two more checks pass, in which the webhook could hear of something that it should not.
func (s *script) quiet(ctx context.Context) error { return s.verdict.Ledger.AwaitMore(ctx, 2) }

// settled waits until every instance stands in line and one of them works.
func (s *script) settled(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.queue.await(ctx, len(names)); err != nil {
		return err
	}
	return s.quiet(ctx)
}
