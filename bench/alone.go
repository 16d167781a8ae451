package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/bench/internal/inproc"
	"burrow.example/zookeeper/bench/internal/player"
	"burrow.example/zookeeper/bench/internal/report"
	"burrow.example/zookeeper/internal/realzk"
)

// What this file measures happens in this process, which does nothing else meanwhile.

// own makes a measurement of the library alone, or beside a raw connection.
func (b *bench) own(id, title, unit, how string, labels ...string) *report.Measurement {
	m := &report.Measurement{ID: id, Title: title, Unit: unit, How: how}
	for i, label := range labels {
		m.Rows = append(m.Rows, report.Row{Kind: id, Label: label, Ours: i == 0})
	}
	b.report.Measurements = append(b.report.Measurements, m)
	b.say("%s", title)
	return m
}

func (b *bench) config() zookeeper.Config {
	return zookeeper.Config{Servers: []string{b.addr}, RootPath: "/bench", SessionTimeout: b.timeout}
}

// coordinator starts one in this process.
func (b *bench) coordinator() (*zookeeper.Coordinator, error) {
	zc := &zookeeper.Coordinator{Config: b.config()}
	zc.Configure()
	return zc, zc.Start()
}

// overhead compares App.Zookeeper with a zk.Conn.
func (b *bench) overhead() error {
	zc, err := b.coordinator()
	if err != nil {
		return err
	}
	defer zc.Stop()
	conn, err := player.Connect(player.Settings{Server: b.addr, Timeout: b.timeout})
	if err != nil {
		return err
	}
	defer conn.Close()
	app, acl := zc.App.Zookeeper, zk.WorldACL(zk.PermAll)
	const dir = "/bench/overhead"
	if err := ensure(conn, dir); err != nil {
		return err
	}
	data := make([]byte, 64)
	if _, err := conn.Set(dir, data, -1); err != nil {
		return err
	}
	const how = "One after the other, in turn: through App.Zookeeper, and with a zk.Conn of its own. "
	get := b.own("get", "Get through App.Zookeeper", "µs", how+"The node holds 64 bytes.", "App.Zookeeper", "zk.Conn")
	if err := b.compare(get,
		func() error { _, _, err := app.Get(dir); return err },
		func() error { _, _, err := conn.Get(dir); return err }); err != nil {
		return err
	}
	create := b.own("create", "Create through App.Zookeeper", "µs", how+"Each node is another, of 64 bytes.", "App.Zookeeper", "zk.Conn")
	return b.compare(create,
		func() error { _, err := app.Create(dir+"/a", data, zk.FlagSequence, acl); return err },
		func() error { _, err := conn.Create(dir+"/b", data, zk.FlagSequence, acl); return err })
}

func (b *bench) compare(m *report.Measurement, ours, theirs inproc.Call) error {
	for round := range warmUp + b.plan.rounds {
		as, bs, err := inproc.Alternate(ours, theirs, b.plan.calls)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Title, err)
		}
		if round >= warmUp {
			m.Rows[0].Rounds = append(m.Rows[0].Rounds, as)
			m.Rows[1].Rounds = append(m.Rows[1].Rounds, bs)
		}
	}
	for i, call := range []inproc.Call{ours, theirs} {
		allocs, err := inproc.Allocs(call, b.plan.calls)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Title, err)
		}
		m.Rows[i].Allocs = &allocs
	}
	return nil
}

// valid times Leadership.Valid.
func (b *bench) valid() error {
	m := b.own("valid", "Leadership.Valid", "ns", "A million times in a row while leading.", "Valid")
	zc, err := b.coordinator()
	if err != nil {
		return err
	}
	defer zc.Stop()
	leading, err := zc.App.Campaign(context.Background(), "valid")
	if err != nil {
		return err
	}
	const times = 1_000_000
	for range warmUp + b.plan.rounds {
		took := inproc.Nanoseconds(func() {
			if !leading.Valid() {
				err = errors.New("leadership was lost")
			}
		}, times)
		m.Rows[0].Rounds = append(m.Rows[0].Rounds, []float64{took})
	}
	if err != nil {
		return err
	}
	m.Rows[0].Rounds = m.Rows[0].Rounds[warmUp:]
	allocs, err := inproc.Allocs(func() error { leading.Valid(); return nil }, times)
	m.Rows[0].Allocs = &allocs
	return err
}

// expiry times the announcement of an expiry.
func (b *bench) expiry() error {
	n := b.plan.waiters
	crowds := []struct {
		label           string
		conds, sessions int
	}{
		{fmt.Sprintf("%d on the cond", n), n, 0},
		{fmt.Sprintf("%d with a session context", n), 0, n},
		{fmt.Sprintf("%d and %d", n, n), n, n},
	}
	m := b.own("expiry", "An expiry, to a crowd", "ms", "A third party closes the session. From the moment at which the "+
		"coordinator takes the cond's lock to announce it, until the last goroutine runs. On the cond each takes the lock in turn.",
		crowds[0].label, crowds[1].label, crowds[2].label)
	for round := range warmUp + b.plan.rounds {
		for i, c := range crowds {
			woken, err := b.expireOnce(c.conds, c.sessions)
			if err != nil {
				return fmt.Errorf("%s: %w", m.Title, err)
			}
			m.Rows[i].Ours = true
			if round >= warmUp {
				m.Rows[i].Rounds = append(m.Rows[i].Rounds, []float64{milliseconds(woken.Last())})
			}
		}
	}
	return nil
}

// expireOnce goes through a proxy that overhears the session's password, without which nobody else may close it.
func (b *bench) expireOnce(conds, sessions int) (inproc.Woken, error) {
	proxy, err := realzk.NewProxy(b.addr)
	if err != nil {
		return inproc.Woken{}, err
	}
	defer proxy.Close()
	config := b.config()
	config.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, proxy.Addr())
	}
	return inproc.Expiry(config, conds, sessions, func(int64) error {
		id, password := proxy.Session()
		return b.server.Expire(id, password)
	})
}
