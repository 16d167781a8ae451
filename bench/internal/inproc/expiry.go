// Package inproc measures what happens inside one process.
package inproc

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"burrow.example/zookeeper"
)

// Woken is how long it took to wake everybody, from the moment at which the coordinator takes the lock to announce the
// expiry.
type Woken struct {
	Cond     time.Duration // the last who waited on the cond, each of whom takes its lock in turn
	Sessions time.Duration // the last who waited for a session context to end
}

// Last is when the last of all was woken.
func (w Woken) Last() time.Duration { return max(w.Cond, w.Sessions) }

// Expiry has goroutines wait on App.ZookeeperExpired, as Burrow's do, and others for a session context each; then it has
// the session expired.
func Expiry(config zookeeper.Config, onCond, withSession int, expire func(session int64) error) (Woken, error) {
	app := &zookeeper.ApplicationContext{}
	announced := &stamp{app: app}
	app.ZookeeperExpired = sync.NewCond(announced)
	zc := &zookeeper.Coordinator{App: app, Config: config}
	zc.Configure()
	if err := zc.Start(); err != nil {
		return Woken{}, err
	}
	defer zc.Stop()

	conds, sessions := newCrowd(onCond), newCrowd(withSession)
	for range onCond {
		go func() { // ends with the session
			app.ZookeeperExpired.L.Lock()
			conds.ready.Done()
			app.ZookeeperExpired.Wait() // once: the next session may be there before everybody has had the lock
			app.ZookeeperExpired.L.Unlock()
			conds.woke()
		}()
	}
	for range withSession {
		go func() { // ends with the session
			defer sessions.woke()
			session, err := app.Session(context.Background())
			sessions.ready.Done()
			if err == nil {
				<-session.Done()
			}
		}()
	}
	conds.ready.Wait()
	sessions.ready.Wait()
	announced.arm() // behind the last who is on its way into Wait
	if err := expire(zc.Stats().SessionID); err != nil {
		return Woken{}, err
	}
	conds.awake.Wait()
	sessions.awake.Wait()
	return Woken{Cond: conds.took(announced.at), Sessions: sessions.took(announced.at)}, nil
}

// crowd is goroutines that get ready and are woken.
type crowd struct {
	ready, awake sync.WaitGroup
	begun        time.Time
	last         atomic.Int64 // when the latest was woken, since begun
}

func newCrowd(n int) *crowd {
	c := &crowd{begun: time.Now()}
	c.ready.Add(n)
	c.awake.Add(n)
	return c
}

func (c *crowd) woke() {
	now := int64(time.Since(c.begun))
	for last := c.last.Load(); now > last && !c.last.CompareAndSwap(last, now); {
		last = c.last.Load()
	}
	c.awake.Done()
}

// took returns how long after a moment the last one was woken; 0 if there was none.
func (c *crowd) took(since time.Time) time.Duration {
	if c.last.Load() == 0 {
		return 0
	}
	return time.Duration(c.last.Load()) - since.Sub(c.begun)
}

// stamp is a mutex that notes when it was taken by whoever said that the session is over.
type stamp struct {
	sync.Mutex
	app   *zookeeper.ApplicationContext
	armed bool
	at    time.Time
}

func (s *stamp) arm() {
	s.Mutex.Lock()
	defer s.Mutex.Unlock()
	s.armed = true
}

func (s *stamp) Lock() {
	s.Mutex.Lock()
	if s.armed {
		s.at = time.Now()
	}
}

func (s *stamp) Unlock() {
	s.armed = s.armed && s.app.ZookeeperConnected
	s.Mutex.Unlock()
}
