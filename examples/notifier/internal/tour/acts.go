package tour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/zktest"
)

// acts are the faults of the tour.
type acts struct {
	*stage.Play
	cast    *cast
	servers *zktest.Server
}

func (a *acts) play(ctx context.Context) error {
	a.Teller.Scene("Three notifiers start (session timeout %v); one of them leads", sessionTimeout)
	for _, name := range names {
		a.cast.start(name)
	}
	if err := a.Settled(ctx); err != nil {
		return err
	}
	for _, act := range []struct {
		title, meanwhile string
		happens          func(context.Context) error
	}{
		{"the leader is asked to stop", "leader stopped", a.stopped},
		{"the server declares the leader's session expired", "session expired", a.expired},
		{"the leader's connection is lost", "connection lost", a.reset},
		{"the server that leads the ensemble freezes", "server frozen", a.frozen},
		{"the leader's network swallows everything", "network cut", a.cut},
	} {
		if err := a.Outage(ctx, act.title, act.meanwhile, act.happens); err != nil {
			return err
		}
	}
	a.Teller.Scene("The end")
	return a.Quiet(ctx)
}

func (a *acts) stopped(ctx context.Context) error {
	leader := a.Leader()
	err := a.HandOver(ctx, "stopped", "it releases the lock on its way out", func(ctx context.Context) (string, time.Time, error) {
		if _, err := a.Opened(ctx); err != nil {
			return "", time.Time{}, err
		}
		a.Teller.Say("demo", "stops %s", leader)
		at := time.Now()
		return leader, at, a.cast.stop(leader)
	})
	if err != nil {
		return err
	}
	a.Teller.Say("demo", "starts %s again", leader)
	a.cast.start(leader)
	return nil
}

func (a *acts) expired(ctx context.Context) error {
	return a.HandOver(ctx, "session expired", "the lock went with the session", func(ctx context.Context) (string, time.Time, error) {
		leader, err := a.Opened(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		a.Teller.Say("zookeeper", "expires the session of %s", leader)
		at := time.Now()
		for _, session := range a.servers.Sessions() {
			if session.Client == leader && a.servers.ExpireSession(session.ID) {
				return leader, at, nil
			}
		}
		return leader, at, fmt.Errorf("%s has no session", leader)
	})
}

func (a *acts) reset(ctx context.Context) error {
	return a.Kept(ctx, "connection lost", "the session lives on, and goes on over another connection", func(ctx context.Context) error {
		leader, err := a.Opened(ctx)
		if err != nil {
			return err
		}
		a.Teller.Say("zookeeper", "resets the connection of %s", leader)
		a.servers.Client(leader).ResetConnections()
		return pass(ctx, time.Second)
	})
}

func (a *acts) frozen(ctx context.Context) error {
	return a.Kept(ctx, "server frozen", "the others elect a new leader before the notifier's trust runs out", func(ctx context.Context) error {
		if _, err := a.Opened(ctx); err != nil {
			return err
		}
		server := a.servers.Leader()
		if server == nil {
			return errors.New("the ensemble has no leader")
		}
		a.Teller.Say("zookeeper", "server %d, which leads the ensemble, freezes", server.Number())
		server.Freeze()
		defer func() {
			a.Teller.Say("zookeeper", "server %d goes on", server.Number())
			server.Thaw()
		}()
		// Whoever would lose the lead would have lost it by then.
		return pass(ctx, sessionTimeout+2*tick)
	})
}

func (a *acts) cut(ctx context.Context) error {
	note := fmt.Sprintf("it stops trusting itself after %v; the others wait for its session to expire", (sessionTimeout * 2 / 3).Round(100*time.Millisecond))
	return a.HandOver(ctx, "network cut", note, func(ctx context.Context) (string, time.Time, error) {
		leader, err := a.Opened(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		a.Teller.Say("zookeeper", "hears nothing of %s any more, nor %s of it", leader, leader)
		at := time.Now()
		network := a.servers.Client(leader)
		network.Cut()
		_, err = a.Verdict.Ledger.Await(ctx, a.Verdict.Ledger.Last().Term)
		a.Teller.Say("zookeeper", "hears of %s again", leader)
		network.Heal()
		return leader, at, err
	})
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
