package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/realzk"
	"burrow.example/zookeeper/zktest"
)

// everywhere tells a story twice: on zktest in virtual time, and on a real server where there is one.
func everywhere(t *testing.T, story func(t *testing.T, w *world)) {
	t.Run("zktest", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := zktest.RunT(t, zktest.InMemory())
			story(t, newWorld(t, &virtual{server}))
		})
	})
	t.Run("real", func(t *testing.T) {
		story(t, newWorld(t, &real{realzk.Shared(t), t}))
	})
}

// backend is a ZooKeeper with faults.
type backend interface {
	addr() string
	connect(name string) network
	expire(session int64, password []byte) error
}

// network is what lies between one client and the server.
type network interface {
	addr() string
	dial(ctx context.Context, network, address string) (net.Conn, error)
	session() (id int64, password []byte) // of the client's latest connection

	Cut()    // silently
	Refuse() // connection attempts
	Drop()   // connection attempts, silently
	Mute()   // the server, for new connections
	Heal()
	Reset()                                          // the connections that there are
	LoseLockCreate(then func()) (lost chan struct{}) // the answer to it, then reset
}

// real is a real server behind proxies.
type real struct {
	server *realzk.Server
	t      *testing.T
}

func (r *real) addr() string { return r.server.Addr() }

func (r *real) expire(session int64, password []byte) error {
	return r.server.Expire(session, password)
}

func (r *real) connect(string) network { return &proxied{r.server.Proxy(r.t)} }

type proxied struct{ *realzk.Proxy }

func (p *proxied) addr() string { return p.Addr() }

func (p *proxied) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func (p *proxied) session() (int64, []byte) { return p.Session() }

func (p *proxied) LoseLockCreate(then func()) chan struct{} {
	lost := make(chan struct{})
	done := p.LoseReply(realzk.LockCreate, then)
	go func() {
		<-done
		close(lost)
	}()
	return lost
}

// virtual is a zktest server inside a bubble.
type virtual struct{ server *zktest.Server }

func (v *virtual) addr() string { return v.server.Addr() }

func (v *virtual) expire(session int64, _ []byte) error {
	if !v.server.ExpireSession(session) {
		return errors.New("no such session")
	}
	return nil
}

func (v *virtual) connect(name string) network {
	return &inMemory{Client: v.server.Client(name), server: v.server}
}

type inMemory struct {
	*zktest.Client
	server  *zktest.Server
	refuses atomic.Bool
}

func (m *inMemory) addr() string { return m.server.Addr() }

func (m *inMemory) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if m.refuses.Load() {
		return nil, fmt.Errorf("dial %s: %w", address, syscall.ECONNREFUSED)
	}
	return m.Dial(ctx, network, address)
}

func (m *inMemory) session() (int64, []byte) {
	for _, s := range m.server.Sessions() {
		if s.Client == m.Name() {
			return s.ID, nil
		}
	}
	return 0, nil
}

func (m *inMemory) Refuse() { m.refuses.Store(true) }
func (m *inMemory) Drop()   { m.Cut() }
func (m *inMemory) Reset()  { m.ResetConnections() }

func (m *inMemory) Heal() {
	m.refuses.Store(false)
	m.Client.Heal()
}

func (m *inMemory) LoseLockCreate(then func()) chan struct{} {
	lost := make(chan struct{})
	struck := m.LoseNextReply(zktest.OpCreate)
	go func() {
		<-struck
		if then != nil {
			then()
		}
		close(lost)
	}()
	return lost
}

// world is one story's own part of a ZooKeeper: a root path.
type world struct {
	*testing.T
	server backend
	root   string
}

var worlds atomic.Int64

func newWorld(t *testing.T, server backend) *world {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '#' {
			return '-'
		}
		return r
	}, t.Name())
	return &world{T: t, server: server, root: fmt.Sprintf("/%s-%d-%d", name, os.Getpid(), worlds.Add(1))}
}

// instance is a running Coordinator behind a network of its own.
type instance struct {
	*zookeeper.Coordinator
	world *world
	net   network
}

// configure makes a Coordinator for the world that has not been configured yet.
func (w *world) configure(id string) *instance {
	w.Helper()
	net := w.server.connect(fmt.Sprintf("%s-%d", id, worlds.Add(1)))
	return &instance{
		world: w,
		net:   net,
		Coordinator: &zookeeper.Coordinator{
			Log: zaptest.NewLogger(w, zaptest.Level(zap.InfoLevel)).Named(id).WithOptions(checked(w.T)),
			Config: zookeeper.Config{
				Servers: []string{net.addr()}, RootPath: w.root, ID: id, SessionTimeout: 4 * time.Second, Dial: net.dial,
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
	if err := i.world.server.expire(i.net.session()); err != nil {
		i.world.Fatalf("expire: %v", err)
	}
}

// client returns a plain client that meets with no faults.
func (w *world) client() *zk.Conn {
	w.Helper()
	net := w.server.connect(fmt.Sprintf("client-%d", worlds.Add(1)))
	return w.dial(net, 10*time.Second, net.addr())
}

// dial connects a plain client until the end of the test.
func (w *world) dial(net network, timeout time.Duration, servers ...string) *zk.Conn {
	w.Helper()
	conn, events, err := zk.Connect(servers, timeout, zk.WithLogger(quiet{}), zk.WithDialer(dialer(net)),
		zk.WithHostProvider(new(names)))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		conn.Close()
		for range events {
		}
	})
	return conn
}

func dialer(n network) zk.Dialer {
	return func(network, address string, timeout time.Duration) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return n.dial(ctx, network, address)
	}
}

// names is go-zookeeper's own host provider, less the resolver, which a bubble has no use for.
type names struct {
	mu         sync.Mutex
	servers    []string
	next, last int
}

func (n *names) Init(servers []string) error {
	n.servers, n.next, n.last = servers, -1, -1
	return nil
}

func (n *names) Len() int { return len(n.servers) }

func (n *names) Next() (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next = (n.next + 1) % len(n.servers)
	again := n.next == n.last
	if n.last == -1 {
		n.last = 0
	}
	return n.servers[n.next], again
}

func (n *names) Connected() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = n.next
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
