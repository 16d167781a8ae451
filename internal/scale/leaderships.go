package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// many is one scene: one coordinator that leads under many names.
type many struct {
	server  server
	root    string
	names   int
	atOnce  int // so many campaigns at a time
	timeout time.Duration
	calm    time.Duration
	expire  func(session int64) error // ends it as a third party would; nil: not to be tried
}

func (m *many) run(ctx context.Context) (r *report, err error) {
	r = &report{title: fmt.Sprintf("%d leaderships in one coordinator, session timeout %v", m.names, m.timeout)}
	before, err := m.server.read(ctx)
	if err != nil {
		return nil, err
	}
	members, err := startMembers(m.server, m.root, 1, m.timeout)
	if err != nil {
		return nil, err
	}
	stopped := false
	defer func() {
		if !stopped {
			err = errors.Join(err, members.stop())
		}
	}()
	zc, meter := members.all[0], members.meter

	idle, earlier, began := measure(), meter.read(), time.Now()
	held := make([]*zookeeper.Leadership, m.names)
	err = atATime(m.atOnce, m.names, func(i int) (err error) {
		held[i], err = zc.App.Campaign(ctx, name(i))
		return err
	})
	if err != nil {
		return nil, err
	}
	took, used := time.Since(began), measure()
	cost := fleet{instances: 1, names: m.names, timeout: m.timeout, path: len(path.Join(m.root, name(0))) + 1 + lockName}
	there, err := m.watched(ctx, before.Watches+cost.watches())
	if err != nil {
		return nil, err
	}
	spent := meter.read().since(earlier)
	r.about("requests to acquire one whose name is new", 8, float64(spent.total())/float64(m.names), 0.1)
	r.note("all acquired in %v, %d at a time: %.0f a second, %.0f µs of a processor each; each took %s",
		took.Round(time.Millisecond), m.atOnce, float64(m.names)/took.Seconds(),
		(used.cpu-idle.cpu).Seconds()*1e6/float64(m.names), spell(spent, float64(m.names)))
	r.note("each takes %.1f kB of heap and %.1f goroutines; the process has %d MB resident",
		float64(used.heap-idle.heap)/1024/float64(m.names), float64(used.goroutines-idle.goroutines)/float64(m.names), used.resident>>20)

	r.exactly("znodes at the server: two for each name, and the root", 2*m.names+1, there.Znodes-before.Znodes)
	r.exactly("watches at the server", cost.watches(), there.Watches-before.Watches)
	r.heap(before, there)

	if err := m.idle(ctx, r, cost, meter); err != nil {
		return nil, err
	}
	if err := m.reconnect(ctx, r, cost, zc, meter); err != nil {
		return nil, err
	}
	valid := 0
	for _, l := range held {
		if l.Valid() {
			valid++
		}
	}
	r.exactly("leaderships that are valid after all that", m.names, valid)

	if err := m.expiry(ctx, r, held, zc, meter); err != nil {
		return nil, err
	}

	began, stopped = time.Now(), true
	if err := members.stop(); err != nil {
		return nil, err
	}
	r.note("Stop took %v", time.Since(began).Round(time.Millisecond))
	gone, err := m.server.read(ctx)
	if err != nil {
		return nil, err
	}
	r.exactly("lock nodes after Stop", before.Ephemerals, gone.Ephemerals)
	return r, nil
}

// watched waits until every lock is watched, which is done beside holding it.
func (m *many) watched(ctx context.Context, watches int) (there reading, err error) {
	err = eventually(ctx, "every lock is watched", func() (bool, error) {
		there, err = m.server.read(ctx)
		return there.Watches >= watches, err
	})
	return there, err
}

func name(i int) string { return fmt.Sprintf("job-%05d", i) }

// idle looks at a while in which nothing happens, if there is one.
func (m *many) idle(ctx context.Context, r *report, cost fleet, meter *meter) error {
	if m.calm == 0 {
		return nil
	}
	earlier, used, began := meter.read(), measure(), time.Now()
	if err := pause(ctx, m.calm); err != nil {
		return err
	}
	took := time.Since(began)
	spent, now := meter.read().since(earlier), measure()
	beats := cost.checks(1, 0) * took.Seconds()
	r.about("checks, of one prover", beats, float64(spent.Requests[zktest.OpMulti]), max(1/beats, 0.05))
	r.exactly("other requests", 0, spent.total(zktest.OpMulti))
	sent, received := cost.bytes(1, 0)
	r.about("bytes a second to the server", sent, float64(spent.Sent)/took.Seconds(), 0.25)
	r.about("bytes a second from the server", received, float64(spent.Received)/took.Seconds(), 0.25)
	r.note("holding them costs %.1f %% of a processor", 100*(now.cpu-used.cpu).Seconds()/took.Seconds())
	return nil
}

// reconnect drops the connection, so that every watch has to be set again.
func (m *many) reconnect(ctx context.Context, r *report, cost fleet, zc *zookeeper.Coordinator, meter *meter) error {
	earlier, began := meter.read(), time.Now()
	already := zc.Stats().Reconnects
	meter.drop()
	want := setWatches(cost.watches(), cost.path)
	err := eventually(ctx, "the watches are set again", func() (bool, error) {
		return zc.Stats().Reconnects > already && meter.read().since(earlier).Requests[zktest.OpSetWatches] >= want, nil
	})
	if err != nil {
		return err
	}
	r.note("a dropped connection was whole again after %v", time.Since(began).Round(time.Millisecond))
	if err := pause(ctx, m.timeout/12); err != nil {
		return err
	}
	r.exactly("requests that set the watches again", want, meter.read().since(earlier).Requests[zktest.OpSetWatches])
	return nil
}

// expiry has the session expire, and acquires all of them again in the next one.
func (m *many) expiry(ctx context.Context, r *report, held []*zookeeper.Leadership, zc *zookeeper.Coordinator, meter *meter) error {
	if m.expire == nil {
		return nil
	}
	before, err := m.server.read(ctx)
	if err != nil {
		return err
	}
	earlier, began := meter.read(), time.Now()
	if err := m.expire(zc.Stats().SessionID); err != nil {
		return err
	}
	for _, l := range held {
		select {
		case <-l.Context().Done():
		case <-ctx.Done():
			return fmt.Errorf("a leadership outlived its session: %w", context.Cause(ctx))
		}
	}
	told := time.Since(began)
	err = atATime(m.atOnce, m.names, func(i int) (err error) {
		if err := held[i].Resign(); err != nil { // no work is left: what may be left of the node goes
			return err
		}
		held[i], err = zc.App.Campaign(ctx, name(i))
		return err
	})
	if err != nil {
		return err
	}
	took := time.Since(began)
	if _, err := m.watched(ctx, before.Watches); err != nil {
		return err
	}
	spent := meter.read().since(earlier)
	r.about("requests to acquire one again when the session has expired", 4, float64(spent.total(zktest.OpMulti, zktest.OpConnect))/float64(m.names), 0.1)
	r.note("when the session expired, all were told after %v, and acquired again after %v; each took %s",
		told.Round(time.Millisecond), took.Round(time.Millisecond), spell(spent, float64(m.names)))
	return nil
}
