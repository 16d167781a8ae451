package zookeeper_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"burrow.example/zookeeper"
)

// burrowModule is a module written for Burrow, its loop unchanged but for two things: it ends, and it reads the flag
// through Connected, because the bare field is a data race.
type burrowModule struct {
	app        *zookeeper.ApplicationContext
	lock       zookeeper.ZookeeperLock
	evaluating atomic.Int64 // how often it began
	quit       atomic.Bool
	running    atomic.Bool
}

func (m *burrowModule) loop() error {
	for !m.quit.Load() {
		time.Sleep(100 * time.Millisecond)
		if err := m.lock.Lock(); err != nil {
			continue
		}

		m.app.ZookeeperExpired.L.Lock()
		m.running.Store(true)
		m.evaluating.Add(1)
		m.app.ZookeeperExpired.Wait()
		m.app.ZookeeperExpired.L.Unlock()
		m.running.Store(false)

		for !m.app.Connected() {
			if m.quit.Load() {
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err := m.lock.Unlock(); err != nil {
			return errors.Join(errors.New("here Burrow panics"), err)
		}
	}
	return nil
}

func TestBurrowsLoopSurvivesTenExpiries(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.start("a")
		m := &burrowModule{app: i.App, lock: i.App.Zookeeper.NewLock(i.App.ZookeeperRoot + "/notifier")}
		done := go1(m.loop)
		begins := func(n int64) {
			t.Helper()
			w.eventually(20*time.Second, "the module evaluates", func() bool {
				i.App.ZookeeperExpired.L.Lock() // so that it is inside Wait
				defer i.App.ZookeeperExpired.L.Unlock()
				return m.evaluating.Load() == n && m.running.Load()
			})
		}
		begins(1)
		for n := range int64(10) {
			begun := time.Now()
			i.expire()
			begins(n + 2)
			t.Logf("expiry %d: locked again after %v", n+1, time.Since(begun).Round(time.Millisecond))
		}
		if stats := i.Stats(); stats.Sessions != 11 {
			t.Errorf("%d sessions", stats.Sessions)
		}
		m.quit.Store(true)
		if err := i.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := returns(w, 5*time.Second, "the module's loop ends", done); err != nil {
			t.Fatal(err)
		}
	})
}
