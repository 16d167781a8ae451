package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/bench/internal/player"
	"burrow.example/zookeeper/bench/internal/report"
)

// connect times how long a client takes until it has a session.
func (b *bench) connect() error {
	m := b.measurement("connect", "Start to a session", "ms", "A client is made and started, until it says that it is connected: "+
		"Coordinator.Start (which makes sure of the root path as well), zk.Connect until StateHasSession, KazooClient.start, "+
		"CuratorFramework.start and blockUntilConnected.")
	return b.teams(m.ID, 1, 0, false, func(teams []*team) error {
		return b.rounds(m, b.plan.rounds, 1, teams, func(t *team) ([]float64, error) {
			p := t.processes[0]
			if err := p.tell("connect %d", b.plan.connects); err != nil {
				return nil, err
			}
			l, err := t.await(p, "connected")
			for i := range l.numbers {
				l.numbers[i] /= 1e6
			}
			return l.numbers, err
		})
	})
}

// Of crashes. The session timeout is short, for what it takes is not what is measured.
const (
	crashTick    = 500 * time.Millisecond
	crashTimeout = 2 * time.Second
)

// crash kills holders, on a server of its own.
func (b *bench) crash() (err error) {
	m := b.measurement("crash", "Fail-over after a crash, beyond the server's own expiry", "ms", fmt.Sprintf(
		"Two processes of each client; the holder's is killed (SIGKILL). From the moment at which an observer is told that "+
			"the server has deleted its node, %v later or more, to the other's work. It can be less than nothing: the observer "+
			"is told by the same server at about the same time.", crashTimeout))
	usual := *b
	close, err := b.serve(crashTick)
	if err != nil {
		return err
	}
	defer func() {
		if e := close(); err == nil {
			err = e
		}
		b.server, b.addr, b.timeout, b.observer = usual.server, usual.addr, usual.timeout, usual.observer
	}()
	b.timeout = crashTimeout
	return b.teams(m.ID, 2, 1, false, func(teams []*team) error {
		for _, t := range teams {
			if err := t.fill(2); err != nil {
				return fmt.Errorf("%s: %w", t.label, err)
			}
		}
		return b.rounds(m, b.plan.crashes, 1, teams, func(t *team) ([]float64, error) {
			took, err := t.crash()
			return []float64{milliseconds(took)}, err
		})
	})
}

// crash kills the holder, times the fail-over, and brings in another process.
func (t *team) crash() (time.Duration, error) {
	node, err := t.first()
	if err != nil {
		return 0, err
	}
	_, _, gone, err := t.observer.ExistsW(node)
	if err != nil {
		return 0, err
	}
	if err := t.kill(t.holder.process); err != nil {
		return 0, err
	}
	var deleted time.Duration
	select {
	case ev := <-gone:
		deleted = player.Now()
		if ev.Type != zk.EventNodeDeleted {
			return 0, fmt.Errorf("%s: %v", node, ev)
		}
	case <-time.After(patience):
		return 0, fmt.Errorf("%s is still there after %v", node, patience)
	}
	working, err := t.works()
	if err != nil {
		return 0, err
	}
	p, err := t.add(1)
	if err != nil {
		return 0, err
	}
	return working - deleted, t.join(seat{p, 0}, 2)
}

// kill kills a process of the team, and waits until it is gone.
func (t *team) kill(p *process) error {
	t.processes = slices.DeleteFunc(t.processes, func(other *process) bool { return other == p })
	if err := p.kill(); err != nil {
		return err
	}
	_, err := t.await(p, "")
	return err
}

// first returns the node of the holder: that of the lowest sequence number, which is the last ten digits of a name.
func (t *team) first() (string, error) {
	children, _, err := t.observer.Children(t.settings.Path)
	if err != nil {
		return "", err
	}
	sequence := func(name string) string { return name[max(0, len(name)-10):] }
	if len(children) == 0 {
		return "", fmt.Errorf("%s: nobody in the queue", t.settings.Path)
	}
	lowest := slices.MinFunc(children, func(a, b string) int { return strings.Compare(sequence(a), sequence(b)) })
	return t.settings.Path + "/" + lowest, nil
}

// roles of the idle, in the order in which they come into the queue.
var roles = []string{"leader", "next", "standby"}

// idle watches processes that do nothing but stay in their role. They do so all at the same time.
func (b *bench) idle() error {
	b.say("Idle, %v", b.plan.idle)
	type watched struct {
		*team
		report.Idle
	}
	var all []*watched
	defer func() {
		for _, w := range all {
			w.close()
		}
	}()
	enter := func(k kind, label string, position int) error {
		t, err := b.team(k, "idle", 1, 0, true)
		if err != nil {
			return err
		}
		w := &watched{t, report.Idle{Label: label, Ours: k.ours, Go: k.ours || k.name == player.GoZK || k.name == player.Raw}}
		all = append(all, w)
		if w.Go {
			if err := w.usage(-1, &w.Idle); err != nil {
				return err
			}
		}
		if err := t.processes[0].tell("open 1"); err != nil {
			return err
		}
		if _, err := t.await(t.processes[0], "opened"); err != nil || position == 0 {
			return err
		}
		return t.join(seat{t.processes[0], 0}, position)
	}
	if err := enter(kind{name: player.Raw}, "zk.Conn, contends for nothing", 0); err != nil {
		return err
	}
	for _, k := range b.kinds {
		switch k.name {
		case player.Campaign, player.GoZK, "kazoo-lock", "curator-mutex":
		default:
			continue
		}
		for i, role := range roles {
			if err := enter(k, k.label+": "+role, i+1); err != nil {
				return fmt.Errorf("%s: %w", k.label, err)
			}
		}
	}
	time.Sleep(b.timeout / 2) // what coming into the queue entails is over
	for _, w := range all {
		if w.Go {
			if err := w.usage(1, &w.Idle); err != nil {
				return err
			}
		}
	}
	if err := b.watch(b.plan.idle, len(all), func(i int) (*team, *report.Idle) { return all[i].team, &all[i].Idle }); err != nil {
		return err
	}
	for _, w := range all {
		b.report.Idle = append(b.report.Idle, w.Idle)
	}
	return nil
}

// usage adds a Go player's goroutines and heap, times sign.
func (t *team) usage(sign float64, to *report.Idle) error {
	p := t.processes[0]
	if err := p.tell("usage"); err != nil {
		return err
	}
	l, err := t.await(p, "usage")
	if err == nil {
		to.Goroutines += sign * l.numbers[0]
		to.Heap += sign * l.numbers[1]
	}
	return err
}

// watch fills in what a number of teams, of one process each, use in a while.
func (b *bench) watch(during time.Duration, n int, of func(int) (*team, *report.Idle)) error {
	perMinute := float64(time.Minute) / float64(during)
	finish := make([]func() error, n)
	for i := range n {
		t, to := of(i)
		p := t.processes[0]
		before := t.proxy.Tally()
		began, err := p.cpu()
		if err != nil {
			return err
		}
		finish[i] = func() (err error) {
			ended, err := p.cpu()
			if err != nil {
				return err
			}
			tally := t.proxy.Tally().Since(before)
			to.CPU = milliseconds(ended-began) * perMinute
			to.Operations = tally.Operations() * perMinute
			to.Pings = tally.Pings() * perMinute
			to.Which = tally.Names()
			to.Wire = float64(tally.ToServer+tally.ToClient) * perMinute
			to.Resident, to.Threads, err = p.resident()
			return err
		}
	}
	time.Sleep(during)
	for _, f := range finish {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}
