package zookeeper_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// virtually tells a story in virtual time only.
func virtually(t *testing.T, story func(t *testing.T, w *world, server *zktest.Server)) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		story(t, newWorld(t, &virtual{server}), server)
	})
}

// expectProbe makes one probe. It may not take any time.
func expectProbe(t *testing.T, handler http.Handler, status int, says string) {
	t.Helper()
	begun, got := time.Now(), httptest.NewRecorder()
	handler.ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
	body := got.Body.String()
	if got.Code != status || !strings.Contains(body, says) {
		t.Errorf("the probe says %d %q, want %d %q", got.Code, body, status, says)
	}
	if strings.Count(body, "\n") != 1 || !strings.HasSuffix(body, "\n") {
		t.Errorf("%q is not one line", body)
	}
	if took := time.Since(begun); took != 0 {
		t.Errorf("the probe took %v", took)
	}
}

func TestProbesOverALife(t *testing.T) {
	virtually(t, func(t *testing.T, w *world, server *zktest.Server) {
		i := w.configure("a")
		ready, live := i.Readiness(), i.Liveness()
		expect := func(isReady int, why string, isLive int, says string) {
			t.Helper()
			for range 2 { // the second time it is told what came of the first
				expectProbe(t, ready, isReady, why)
				expectProbe(t, live, isLive, says)
				synctest.Wait()
			}
		}
		expect(503, "not started", 200, "not started")
		i.Configure()
		expect(503, "not started", 200, "not started")
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		expect(200, "connected", 200, "answers")

		i.net.Refuse()
		i.net.Reset()
		time.Sleep(time.Second)
		expect(503, "not connected for ", 200, "answers")
		time.Sleep(time.Hour) // ZooKeeper is down, which a restart would not change
		expect(503, "no new session yet: ", 200, "answers")
		i.net.Heal()
		time.Sleep(time.Second)
		expect(200, "connected", 200, "answers")

		if err := i.Stop(); err != nil {
			t.Fatal(err)
		}
		expect(503, "stopped", 503, "stopped")
	})
}

// TestLivenessFindsAWedge: the event loop waits for App.ZookeeperExpired.L, which the application does not give back;
// or for a logger that does not return.
func TestLivenessFindsAWedge(t *testing.T) {
	for name, wedge := range map[string]func(i *instance, stuck *stuck) (free func()){
		"lock": func(i *instance, _ *stuck) func() {
			i.App.ZookeeperExpired.L.Lock()
			return i.App.ZookeeperExpired.L.Unlock
		},
		"logger": func(_ *instance, stuck *stuck) func() {
			stuck.on.Lock()
			return stuck.on.Unlock
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T, w *world, _ *zktest.Server) {
				i, stuck := w.configure("a"), &stuck{on: make(chanMutex, 1)}
				i.Log = i.Log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
					stuck.Core = core
					return stuck
				}))
				i.App = &zookeeper.ApplicationContext{ZookeeperExpired: sync.NewCond(make(chanMutex, 1))}
				i.Configure()
				if err := i.Start(); err != nil {
					t.Fatal(err)
				}
				defer i.Stop()
				live := i.Liveness()

				free := wedge(i, stuck)
				expectProbe(t, live, 200, "answers")
				time.Sleep(time.Hour) // nothing has happened yet that the loop would be stuck on
				expectProbe(t, live, 200, "answers")
				i.net.Reset()
				time.Sleep(100 * time.Millisecond)
				expectProbe(t, live, 200, "answers")
				timeout := i.Config.SessionTimeout
				time.Sleep(timeout)
				expectProbe(t, live, 200, "answers") // a slow machine is not a wedge
				time.Sleep(time.Millisecond)
				expectProbe(t, live, 503, "has not answered for 4.001s")
				free()
				synctest.Wait()
				expectProbe(t, live, 200, "answers")
			})
		})
	}
}

// chanMutex is a lock that virtual time goes on beside, as it does not beside a sync.Mutex.
type chanMutex chan struct{}

func (m chanMutex) Lock()   { m <- struct{}{} }
func (m chanMutex) Unlock() { <-m }

// stuck is a log that does not return while it is locked, when the event loop writes to it.
type stuck struct {
	zapcore.Core
	on chanMutex
}

func (s *stuck) With(fields []zapcore.Field) zapcore.Core {
	return &stuck{s.Core.With(fields), s.on}
}

func (s *stuck) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if entry.Message == zookeeper.Suspended.String() {
		s.on.Lock()
		defer s.on.Unlock()
	}
	return s.Core.Check(entry, checked)
}

// TestLivenessAfterAFailedStart: what the event loop of that one was asked is not held against the next.
func TestLivenessAfterAFailedStart(t *testing.T) {
	virtually(t, func(t *testing.T, w *world, _ *zktest.Server) {
		i := w.configure("a")
		i.Config.ConnectTimeout = time.Second
		i.Configure()
		i.net.Refuse()
		for range 3 {
			failed := go1(i.Start)
			for range 100 {
				expectProbe(t, i.Liveness(), 200, "")
				time.Sleep(10 * time.Millisecond)
			}
			if err := returns(w, 10*time.Second, "Start", failed); !errors.Is(err, zookeeper.ErrConnectTimeout) {
				t.Fatal(err)
			}
			expectProbe(t, i.Liveness(), 200, "not started")
			time.Sleep(time.Hour)
		}
		i.net.Heal()
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		defer i.Stop()
		expectProbe(t, i.Liveness(), 200, "answers")
		synctest.Wait()
		time.Sleep(time.Hour)
		expectProbe(t, i.Liveness(), 200, "answers")
	})
}

// TestLivenessWhileStopping: work is given its time.
func TestLivenessWhileStopping(t *testing.T) {
	virtually(t, func(t *testing.T, w *world, _ *zktest.Server) {
		i := w.configure("a")
		i.Configure()
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		work := make(chan struct{})
		lead := go1(func() error {
			return i.App.Lead(t.Context(), "job", func(*zookeeper.Leadership) error {
				<-work
				return nil
			})
		})
		w.eventually(time.Second, "leads", func() bool { return i.Stats().Leading == 1 })
		stop := go1(i.Stop)
		synctest.Wait()
		expectProbe(t, i.Readiness(), 503, "stopped")
		expectProbe(t, i.Liveness(), 200, "stopping")
		close(work)
		if err := returns(w, time.Second, "Stop", stop); err != nil {
			t.Fatal(err)
		}
		<-lead
		expectProbe(t, i.Liveness(), 503, "stopped")
	})
}
