package zookeeper_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/realzk"
)

// world is a ZooKeeper of one test's own: a root path on the shared server, reached through a proxy that can fail.
type world struct {
	*testing.T
	server *realzk.Server
	root   string
}

var worlds atomic.Int64

func newWorld(t *testing.T) *world {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '#' {
			return '-'
		}
		return r
	}, t.Name())
	return &world{
		T:      t,
		server: realzk.Shared(t),
		root:   fmt.Sprintf("/%s-%d-%d", name, os.Getpid(), worlds.Add(1)),
	}
}

// instance is a running Coordinator behind a proxy of its own.
type instance struct {
	*zookeeper.Coordinator
	world *world
	net   *realzk.Proxy
}

// configure makes a Coordinator for the world that has not been configured yet.
func (w *world) configure(id string) *instance {
	w.Helper()
	net := w.server.Proxy(w)
	return &instance{
		world: w,
		net:   net,
		Coordinator: &zookeeper.Coordinator{
			Log: zaptest.NewLogger(w, zaptest.Level(zap.InfoLevel)).Named(id),
			Config: zookeeper.Config{
				Servers: []string{net.Addr()}, RootPath: w.root, ID: id, SessionTimeout: 4 * time.Second,
			},
		},
	}
}

// start runs an instance until the end of the test.
func (w *world) start(id string) *instance {
	w.Helper()
	i := w.configure(id)
	i.Configure()
	if err := i.Start(); err != nil {
		w.Fatalf("start %s: %v", id, err)
	}
	w.Cleanup(func() {
		if err := i.Stop(); err != nil {
			w.Errorf("stop %s: %v", id, err)
		}
	})
	return i
}

// expire has a third party end the instance's session on the server.
func (i *instance) expire() {
	i.world.Helper()
	id, password := i.net.Session()
	if err := i.world.server.Expire(id, password); err != nil {
		i.world.Fatalf("expire: %v", err)
	}
}

// client returns a plain client past all proxies.
func (w *world) client() *zk.Conn {
	w.Helper()
	conn, _, err := zk.Connect([]string{w.server.Addr()}, 10*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(conn.Close)
	return conn
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// contenders lists the lock nodes of a name.
func (w *world) contenders(conn *zk.Conn, name string) []string {
	w.Helper()
	children, _, err := conn.Children(path.Join(w.root, name))
	if err != nil && err != zk.ErrNoNode {
		w.Fatalf("list contenders: %v", err)
	}
	return children
}

// eventually polls until the condition holds.
func (w *world) eventually(within time.Duration, what string, holds func() bool) {
	w.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("not within %v: %s", within, what)
		}
	}
}

// returns waits for what a goroutine sends.
func returns[T any](w *world, within time.Duration, what string, from <-chan T) T {
	w.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(within):
		w.Fatalf("not within %v: %s", within, what)
		panic("unreachable")
	}
}

// go1 runs f and returns where its result will be.
func go1[T any](f func() T) <-chan T {
	result := make(chan T, 1)
	go func() { result <- f() }()
	return result
}

func (i *instance) mustCampaign(name string) *zookeeper.Leadership {
	i.world.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := i.App.Campaign(ctx, name)
	if err != nil {
		i.world.Fatalf("campaign: %v", err)
	}
	return l
}
