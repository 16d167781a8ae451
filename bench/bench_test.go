package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/bench/internal/inproc"
	"burrow.example/zookeeper/zktest"
)

// What needs no server, for benchstat:
//
//	go test -run '^$' -bench . -count 10 ./bench

const benchTimeout = 6 * time.Second

// inMemory starts a server without a network, and says how to reach it.
func inMemory(tb testing.TB) (*zktest.Server, zookeeper.Config) {
	tb.Helper()
	server := zktest.RunT(tb, zktest.InMemory(), zktest.Latency(0, 0))
	return server, zookeeper.Config{
		Servers: []string{server.Addr()}, RootPath: "/bench", SessionTimeout: benchTimeout, Dial: server.Dial,
	}
}

func started(tb testing.TB, config zookeeper.Config) *zookeeper.Coordinator {
	tb.Helper()
	zc := &zookeeper.Coordinator{Config: config}
	zc.Configure()
	if err := zc.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { zc.Stop() })
	return zc
}

func leading(tb testing.TB) *zookeeper.Leadership {
	tb.Helper()
	_, config := inMemory(tb)
	l, err := started(tb, config).App.Campaign(context.Background(), "name")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func BenchmarkValid(b *testing.B) {
	l := leading(b)
	b.ReportAllocs()
	for b.Loop() {
		if !l.Valid() {
			b.Fatal("leadership was lost")
		}
	}
}

func BenchmarkConnected(b *testing.B) {
	_, config := inMemory(b)
	app := started(b, config).App
	b.ReportAllocs()
	for b.Loop() {
		if !app.Connected() {
			b.Fatal("the session was lost")
		}
	}
}

// BenchmarkExpiry wakes 10,000 goroutines, on the cond or with a session context each.
func BenchmarkExpiry(b *testing.B) {
	const n = 10_000
	b.Run("waiters=cond", func(b *testing.B) { expiries(b, n, 0) })
	b.Run("waiters=sessions", func(b *testing.B) { expiries(b, 0, n) })
	b.Run("waiters=both", func(b *testing.B) { expiries(b, n, n) })
}

func expiries(b *testing.B, conds, sessions int) {
	var sum time.Duration
	for b.Loop() {
		woken := expire(b, conds, sessions)
		sum += woken.Last()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sum.Nanoseconds())/float64(b.N), "ns/announcement")
}

func expire(tb testing.TB, conds, sessions int) inproc.Woken {
	tb.Helper()
	server, config := inMemory(tb)
	defer server.Close()
	woken, err := inproc.Expiry(config, conds, sessions, func(session int64) error {
		if !server.ExpireSession(session) {
			return errors.New("no such session")
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return woken
}

// BenchmarkGet and BenchmarkCreate compare App.Zookeeper with a zk.Conn.
func BenchmarkGet(b *testing.B) {
	calls(b, func(client getter) error { _, _, err := client.Get("/bench"); return err })
}

func BenchmarkCreate(b *testing.B) {
	acl := zk.WorldACL(zk.PermAll)
	calls(b, func(client getter) error {
		_, err := client.Create("/bench/x", nil, zk.FlagSequence, acl)
		return err
	})
}

type getter interface {
	Get(path string) ([]byte, *zk.Stat, error)
	Create(path string, data []byte, flags int32, acl []zk.ACL) (string, error)
}

func calls(b *testing.B, call func(getter) error) {
	server, config := inMemory(b)
	app := started(b, config).App.Zookeeper
	conn, _, err := zk.Connect([]string{server.Addr()}, benchTimeout, zk.WithLogInfo(false), zk.WithDialer(server.DialTimeout))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	for name, client := range map[string]getter{"client=App.Zookeeper": app, "client=zk.Conn": conn} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := call(client); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSession is a module that asks for a session context and gives it up.
func BenchmarkSession(b *testing.B) {
	_, config := inMemory(b)
	app := started(b, config).App
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		if _, err := app.Session(ctx); err != nil {
			b.Fatal(err)
		}
		cancel()
	}
}
