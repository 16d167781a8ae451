package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

type op = zktest.Op

// queue is one scene: many candidates for one name, each with a session of its own.
type queue struct {
	server   server
	root     string
	size     int
	timeout  time.Duration
	handOver int           // so many times
	calm     time.Duration // how long to watch while nothing happens

	members  *members
	campaign context.CancelCauseFunc
	leads    chan *zookeeper.Leadership
	ended    chan error // one for each candidate
}

// handOverMost is how many requests a hand-over may cost all candidates together, beside the checks that go on anyway.
// What matters is that it does not depend on how many they are.
const handOverMost = 8

func (q *queue) run(ctx context.Context) (r *report, err error) {
	r = &report{title: fmt.Sprintf("%d candidates for one name, session timeout %v", q.size, q.timeout)}
	before, err := q.server.read(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if q.members, err = startMembers(q.server, q.root, q.size, q.timeout); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, q.members.stop()) }()
	r.note("%d sessions established in %v", q.size, time.Since(began).Round(time.Millisecond))

	cost := fleet{instances: q.size, names: 1, timeout: q.timeout, path: len(path.Join(q.root, "job")) + 1 + lockName}
	leader, err := q.join(ctx, r, before.Watches+cost.watches())
	defer q.leave()
	if err != nil {
		return nil, err
	}
	there, err := q.server.read(ctx)
	if err != nil {
		return nil, err
	}
	r.exactly("connections at the server", q.size, there.Connections-before.Connections)
	r.exactly("lock nodes", cost.lockNodes(), there.Ephemerals-before.Ephemerals)
	r.exactly("watches at the server", cost.watches(), there.Watches-before.Watches)
	r.exactly("paths that are watched", cost.lockNodes(), there.WatchedPaths-before.WatchedPaths)
	r.heap(before, there)

	if err := q.idle(ctx, r, cost); err != nil {
		return nil, err
	}
	return r, q.handOvers(ctx, r, leader)
}

// join has all candidates campaign, and returns the first leader when all stand in line, which the number of watches tells.
func (q *queue) join(ctx context.Context, r *report, watches int) (*zookeeper.Leadership, error) {
	ctx, q.campaign = context.WithCancelCause(ctx)
	q.leads, q.ended = make(chan *zookeeper.Leadership, q.size), make(chan error, q.size)
	earlier, began := q.members.meter.read(), time.Now()
	for _, zc := range q.members.all {
		go func() { // ends when it leads, or with ctx; leave waits for it
			l, err := zc.App.Campaign(ctx, "job")
			if err == nil {
				q.leads <- l
			}
			q.ended <- err
		}()
	}
	err := eventually(ctx, "all stand in line", func() (bool, error) {
		now, err := q.server.read(ctx)
		return now.Watches >= watches, err
	})
	if err != nil {
		return nil, err
	}
	took, spent := time.Since(began), q.members.meter.read().since(earlier)
	r.atMost("bytes received as all joined at once", float64(joining(q.size)), float64(spent.Received))
	r.note("all stood in line after %v; each asked for %s", took.Round(time.Millisecond), spell(spent, float64(q.size)))
	return <-q.leads, nil
}

// leave ends every campaign.
func (q *queue) leave() {
	if q.campaign == nil {
		return
	}
	q.campaign(errors.New("the scene is over"))
	for range q.size {
		<-q.ended
	}
}

// idle looks at a while in which nothing happens, if there is one.
func (q *queue) idle(ctx context.Context, r *report, cost fleet) error {
	if q.calm == 0 {
		return nil
	}
	server, err := q.server.read(ctx)
	if err != nil {
		return err
	}
	earlier, used, began := q.members.meter.read(), measure(), time.Now()
	if err := pause(ctx, q.calm); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	spent := q.members.meter.read().since(earlier)
	now, err := q.server.read(ctx)
	if err != nil {
		return err
	}
	sent, received := cost.bytes(1, 1)
	beat := 2 / (cost.checks(1, 1) * took) // one more or less of each of the two
	r.about("checks a second, of the leader and the next", cost.checks(1, 1), float64(spent.Requests[zktest.OpMulti])/took, max(beat, 0.05))
	r.exactly("other requests", 0, spent.total(zktest.OpMulti))
	r.about("pings a second", cost.pings(), float64(spent.Pings)/took, 0.1)
	r.about("bytes a second to the server", sent, float64(spent.Sent)/took, 0.1)
	r.about("bytes a second from the server", received, float64(spent.Received)/took, 0.1)
	// The two are not read in the same instant.
	r.about("packets counted here, and by the server", float64(spent.frames()+commands), float64(now.Received-server.Received), 0.01)
	cpu := measure()
	r.note("all candidates together: %.1f %% of a processor, %d MB resident, %d goroutines (%.0f each)",
		100*(cpu.cpu-used.cpu).Seconds()/took, cpu.resident>>20, cpu.goroutines, float64(cpu.goroutines)/float64(q.size))
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// handOvers has one leader after the other resign.
func (q *queue) handOvers(ctx context.Context, r *report, leader *zookeeper.Leadership) error {
	var took []time.Duration
	var worst int
	before := q.members.meter.read()
	for range q.handOver {
		earlier, began := q.members.meter.read(), time.Now()
		if err := leader.Resign(); err != nil {
			return err
		}
		select {
		case next := <-q.leads:
			if next.Term() <= leader.Term() {
				return fmt.Errorf("term %d after %d", next.Term(), leader.Term())
			}
			leader = next
		case <-ctx.Done():
			return fmt.Errorf("nobody took over: %w", context.Cause(ctx))
		}
		took = append(took, time.Since(began))
		// What follows from it has followed when a beat of the lease has passed.
		if err := pause(ctx, q.timeout/8); err != nil {
			return err
		}
		worst = max(worst, q.members.meter.read().since(earlier).total(zktest.OpMulti))
	}
	spent := q.members.meter.read().since(before)
	times := float64(q.handOver)
	r.atMost("requests of all for a hand-over, the most of any", handOverMost, float64(worst))
	r.atMost("watch events for a hand-over: who goes, who is next, who is then", 3, float64(spent.Events)/times)
	slices.Sort(took)
	delete(spent.Requests, zktest.OpMulti)
	r.note("%d hand-overs cost %s each, beside the checks; the next leads after %v (median), %v at worst",
		q.handOver, spell(spent, times), took[len(took)/2].Round(10*time.Microsecond), took[len(took)-1].Round(10*time.Microsecond))
	return leader.Resign()
}
