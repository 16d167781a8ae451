package zookeeper_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

func TestStartIsConnectedWithARootPath(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.configure("a")
		if i.App != nil {
			t.Fatal("App before Configure")
		}
		i.Configure()
		if i.App.Connected() || i.App.ZookeeperExpired == nil || i.App.ZookeeperRoot != w.root {
			t.Fatalf("after Configure: connected %v, cond %v, root %q", i.App.Connected(), i.App.ZookeeperExpired, i.App.ZookeeperRoot)
		}
		if err := i.Health(); !errors.Is(err, zookeeper.ErrNotStarted) {
			t.Fatalf("Health before Start: %v", err)
		}
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		defer i.Stop()
		if !i.App.Connected() || i.App.State() != zookeeper.Connected || i.Health() != nil {
			t.Fatalf("after Start: %v, %v", i.App.State(), i.Health())
		}
		if exists, _, err := i.App.Zookeeper.Exists(w.root); !exists || err != nil {
			t.Fatalf("root path: %v, %v", exists, err)
		}
		if err := i.Start(); !errors.Is(err, zookeeper.ErrStarted) {
			t.Fatalf("second Start: %v", err)
		}
		if err := i.Stop(); err != nil {
			t.Fatal(err)
		}
		if i.App.Connected() || i.App.ZookeeperConnected || !errors.Is(i.Health(), zookeeper.ErrStopped) {
			t.Fatalf("after Stop: %v, %v", i.App.State(), i.Health())
		}
		if _, _, err := i.App.Zookeeper.Get(w.root); !errors.Is(err, zk.ErrClosing) {
			t.Fatalf("Get after Stop: %v", err)
		}
		if err := i.Start(); !errors.Is(err, zookeeper.ErrStopped) {
			t.Fatalf("Start after Stop: %v", err)
		}
	})
}

func TestConfigurePanicsWithEverythingWrong(t *testing.T) {
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"zk1"}, RootPath: "burrow/"}}
	defer func() {
		err, _ := recover().(error)
		if !errors.Is(err, zookeeper.ErrConfig) ||
			!strings.Contains(err.Error(), `Servers[0] "zk1"`) || !strings.Contains(err.Error(), `RootPath "burrow/"`) {
			t.Fatalf("panic with %v", err)
		}
		if err := zc.Run(context.Background()); !errors.Is(err, zookeeper.ErrConfig) {
			t.Fatalf("Run: %v", err)
		}
	}()
	zc.Configure()
}

func TestRootPathBelowAnExistingAncestor(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		conn := w.client()
		if _, err := conn.Create(w.root, []byte("kept"), 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		base := w.root
		w.root += "/a/b/c"
		i := w.start("a")
		if exists, _, err := conn.Exists(i.App.ZookeeperRoot); !exists || err != nil {
			t.Fatalf("root path: %v, %v", exists, err)
		}
		if data, stat, err := conn.Get(base); string(data) != "kept" || stat.Version != 0 || stat.Aversion != 0 || err != nil {
			t.Fatalf("ancestor: %q, %+v, %v", data, stat, err)
		}
	})
}

func TestRootPathIsTheRoot(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		name := w.root[1:]
		w.root = "/"
		i := w.start("a")
		l := i.mustCampaign(name)
		if !l.Valid() {
			t.Fatal("not valid")
		}
		if got := w.contenders(w.client(), name); len(got) != 1 {
			t.Fatalf("contenders at /%s: %v", name, got)
		}
	})
}

func TestRootPathThatMayNotBeTouched(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		conn := w.client()
		if _, err := conn.Create(w.root, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Create(w.root+"/closed", nil, 0, zk.WorldACL(zk.PermCreate|zk.PermDelete)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.SetACL(w.root, zk.WorldACL(zk.PermRead), -1); err != nil { // nothing may be created in it
			t.Fatal(err)
		}
		base := w.root

		w.root = base + "/closed" // exists, though it could neither be created nor be listed
		w.start("a")

		w.root = base + "/new"
		i := w.configure("b")
		i.Configure()
		if err := i.Start(); !errors.Is(err, zk.ErrNoAuth) || !strings.Contains(err.Error(), w.root) {
			t.Fatalf("Start: %v", err)
		}
	})
}

func TestStopBeforeStartAndAgain(t *testing.T) {
	var zero zookeeper.Coordinator
	if err := zero.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := zero.Start(); !errors.Is(err, zookeeper.ErrStopped) {
		t.Fatalf("Start after Stop: %v", err)
	}
	if err := new(zookeeper.Coordinator).Start(); !errors.Is(err, zookeeper.ErrNotStarted) {
		t.Fatalf("Start before Configure: %v", err)
	}
	configured := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"127.0.0.1:1"}}}
	configured.Configure()
	for range 2 {
		if err := configured.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if configured.App.State() != zookeeper.Stopped {
		t.Fatalf("state %v", configured.App.State())
	}
	if _, err := configured.App.Session(context.Background()); !errors.Is(err, zookeeper.ErrStopped) {
		t.Fatalf("Session: %v", err)
	}
	if err := new(zookeeper.ApplicationContext).Lead(context.Background(), "x", nil); !errors.Is(err, zookeeper.ErrNotStarted) {
		t.Fatalf("Lead on an App without a coordinator: %v", err)
	}
}

func TestStartAndStopRace(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		for range 30 {
			i := w.configure("a")
			i.Configure()
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if err := i.Stop(); err != nil {
						t.Errorf("Stop: %v", err)
					}
				})
			}
			wg.Go(func() {
				if err := i.Start(); err != nil && !errors.Is(err, zookeeper.ErrStopped) {
					t.Errorf("Start: %v", err)
				}
			})
			wg.Wait()
			if i.App.State() != zookeeper.Stopped {
				t.Fatalf("state %v", i.App.State())
			}
		}
	})
}

func TestStopDuringAReconnect(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		for name, fail := range map[string]func(*instance){
			"refused": func(i *instance) { i.net.Refuse(); i.net.Reset() },
			"mute":    func(i *instance) { i.net.Mute(); i.net.Reset() },
			"dropped": func(i *instance) { i.net.Drop(); i.net.Reset() },
			"silent":  func(i *instance) { i.net.Cut() },
		} {
			i := w.start("a")
			l := i.mustCampaign(name)
			fail(i)
			if name == "refused" || name == "mute" {
				w.eventually(5*time.Second, "suspended", func() bool { return i.App.State() == zookeeper.Suspended })
			}
			begun := time.Now()
			if err := i.Stop(); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took > 1500*time.Millisecond {
				t.Errorf("%s: Stop took %v", name, took)
			}
			if l.Valid() || !errors.Is(context.Cause(l.Context()), zookeeper.ErrStopped) {
				t.Errorf("%s: leadership after Stop: %v", name, context.Cause(l.Context()))
			}
		}
	})
}

func TestStopFreesEveryWaiter(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		holder, i := w.start("holder"), w.start("a")
		holder.mustCampaign("busy")

		waiting := []<-chan error{
			go1(func() error { return i.App.Zookeeper.NewLock(w.root + "/busy").Lock() }),
			go1(func() error { _, err := i.App.Campaign(context.Background(), "busy"); return err }),
			go1(func() error {
				return i.App.Lead(context.Background(), "busy", func(*zookeeper.Leadership) error { return nil })
			}),
			go1(func() error {
				i.App.ZookeeperExpired.L.Lock()
				defer i.App.ZookeeperExpired.L.Unlock()
				for i.App.ZookeeperConnected {
					i.App.ZookeeperExpired.Wait()
				}
				return zookeeper.ErrStopped
			}),
			go1(func() error {
				session, err := i.App.Session(context.Background())
				if err != nil {
					return err
				}
				<-session.Done()
				return context.Cause(session)
			}),
		}
		w.eventually(5*time.Second, "all in the queue", func() bool { return len(w.contenders(w.client(), "busy")) == 4 })
		if err := i.Stop(); err != nil {
			t.Fatal(err)
		}
		for n, result := range waiting {
			if err := returns(w, time.Second, "a waiter returns", result); !errors.Is(err, zookeeper.ErrStopped) {
				t.Errorf("waiter %d: %v", n, err)
			}
		}
		w.eventually(time.Second, "the queue is left", func() bool { return len(w.contenders(w.client(), "busy")) == 1 })
	})
}

func TestStartWithoutAServerSaysWhy(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := listener.Addr().String()
	listener.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	mute := silent.Addr().String()
	server := zktest.RunT(t)

	for name, c := range map[string]struct {
		servers []string
		says    []string
	}{
		"down":    {[]string{down}, []string{down + ": ", "refused"}},
		"mute":    {[]string{mute}, []string{mute + ": handshake: no answer to the connect request"}},
		"unknown": {[]string{"zk.invalid:2181"}, []string{"zk.invalid:2181: ", "lookup zk.invalid"}},
		"all":     {[]string{down, mute, "zk.invalid:2181"}, []string{down + ": ", mute + ": ", "zk.invalid:2181: "}},
	} {
		t.Run(name, func(t *testing.T) {
			zc := &zookeeper.Coordinator{Config: zookeeper.Config{
				Servers: c.servers, SessionTimeout: time.Second, ConnectTimeout: time.Second,
			}}
			zc.Configure()
			begun := time.Now()
			err := zc.Start()
			if took := time.Since(begun); took > time.Second+1500*time.Millisecond {
				t.Errorf("Start took %v", took)
			}
			if !errors.Is(err, zookeeper.ErrConnectTimeout) {
				t.Fatalf("Start: %v", err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q is not in: %v", text, err)
				}
			}
			// Nothing is left running, and Start may be tried again.
			zc.Config.Servers = []string{server.Addr()}
			zc.Configure()
			if err := zc.Start(); err != nil {
				t.Fatalf("second Start: %v", err)
			}
			if err := zc.Stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestOneUnknownServerIsHarmless(t *testing.T) {
	server := zktest.RunT(t)
	for range 5 { // the order is random
		zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"zk.invalid:2181", server.Addr()}}}
		zc.Configure()
		if err := zc.Start(); err != nil {
			t.Fatal(err)
		}
		if err := zc.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunLivesAsLongAsItsContext(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.configure("a")
		i.App = new(zookeeper.ApplicationContext)
		ctx, cancel := context.WithCancel(context.Background())
		done := go1(func() error { return i.Run(ctx) })
		w.eventually(5*time.Second, "connected", i.App.Connected)
		cancel()
		if err := returns(w, 5*time.Second, "Run", done); err != nil {
			t.Fatal(err)
		}
		if i.App.State() != zookeeper.Stopped {
			t.Fatal(i.App.State())
		}
	})
}

func TestRunGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{"127.0.0.1:1"}, ConnectTimeout: -1}}
	zc.App = new(zookeeper.ApplicationContext)
	done := go1(func() error { return zc.Run(ctx) })
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Run does not return")
	}
}

func TestServerStoppedAndStartedAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		session, err := i.App.Session(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		i.net.Refuse()
		i.net.Reset()
		w.eventually(5*time.Second, "suspended", func() bool { return i.App.State() == zookeeper.Suspended })
		if !i.App.Connected() || session.Err() != nil {
			t.Fatal("a lost connection is no lost session")
		}
		if err := i.Health(); !errors.Is(err, zookeeper.ErrNotConnected) || !strings.Contains(err.Error(), i.net.addr()) {
			t.Fatalf("Health: %v", err)
		}
		i.net.Heal()
		w.eventually(5*time.Second, "connected", func() bool { return i.App.State() == zookeeper.Connected })
		if session.Err() != nil {
			t.Fatalf("the session ended: %v", context.Cause(session))
		}
		if got := i.Stats(); got.Sessions != 1 || got.Reconnects != 1 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestSuspendedForTheTimeoutIsExpired(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		session, err := i.App.Session(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		waiter := go1(func() error {
			i.App.ZookeeperExpired.L.Lock()
			defer i.App.ZookeeperExpired.L.Unlock()
			for i.App.ZookeeperConnected {
				i.App.ZookeeperExpired.Wait()
			}
			return nil
		})
		pending := go1(func() error { // asked while suspended, answered with its end
			w.eventually(5*time.Second, "suspended", func() bool { return i.App.State() == zookeeper.Suspended })
			_, _, err := i.App.Zookeeper.Get(w.root)
			return err
		})
		i.net.Refuse()
		i.net.Reset()
		returns(w, 10*time.Second, "the broadcast", waiter)
		returns(w, time.Second, "the end of the session context", session.Done())
		if cause := context.Cause(session); !errors.Is(cause, zookeeper.ErrSuspended) || !errors.Is(cause, zookeeper.ErrSessionExpired) {
			t.Fatalf("cause %v", cause)
		}
		if err := returns(w, 5*time.Second, "a pending request", pending); err == nil {
			t.Fatal("a request of the old session was answered")
		}
		if _, _, err := i.App.Zookeeper.Get(w.root); !errors.Is(err, zk.ErrSessionExpired) {
			t.Fatalf("Get between two sessions: %v", err)
		}
		i.net.Heal()
		if _, err := i.App.Session(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

// With one server, go-zookeeper alone sleeps a second before it dials again to hear that the session is gone, and
// another before it asks for a new one.
func TestNewSessionWithoutAPause(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		var took []time.Duration
		for range 5 {
			session, err := i.App.Session(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			// Only what follows a connection that was good for a while needs no pause; see internal/hosts.
			time.Sleep(i.Config.SessionTimeout / 6)
			i.net.Cut() // or the coordinator would come back at once, and interfere with whoever closes the session
			i.expire()
			i.net.Heal()
			begun := time.Now()
			i.net.Reset()
			<-session.Done()
			heard := time.Since(begun)
			if _, err := i.App.Session(context.Background()); err != nil {
				t.Fatal(err)
			}
			took = append(took, time.Since(begun))
			t.Logf("heard of the expiry after %v, new session after %v", heard, took[len(took)-1])
			if cause := context.Cause(session); !errors.Is(cause, zookeeper.ErrSessionExpired) {
				t.Errorf("cause %v", cause)
			}
		}
		slices.Sort(took)
		if median := took[len(took)/2]; median > 100*time.Millisecond {
			t.Errorf("new session after %v (median of %d)", median, len(took))
		}
	})
}
