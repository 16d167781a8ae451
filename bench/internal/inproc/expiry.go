// Package inproc measures what happens inside one process.
package inproc

import (
	"context"
	"sync"
	"time"

	"burrow.example/zookeeper"
)

// Woken is how long it took to wake everybody, from the moment at which the coordinator takes the lock to announce the
// expiry.
type Woken struct {
	Cond     time.Duration // the last who waited on the cond, each of whom takes its lock in turn
	Sessions time.Duration // the last who waited for a session context to end
}

// Expiry has as many goroutines wait on App.ZookeeperExpired, as Burrow's do, and as many for a session context each;
// then it has the session expired.
func Expiry(config zookeeper.Config, waiters int, expire func(session int64) error) (Woken, error) {
	announced := &stamp{}
	app := &zookeeper.ApplicationContext{ZookeeperExpired: sync.NewCond(announced)}
	zc := &zookeeper.Coordinator{App: app, Config: config}
	zc.Configure()
	if err := zc.Start(); err != nil {
		return Woken{}, err
	}
	defer zc.Stop()

	conds, sessions := newCrowd(waiters), newCrowd(waiters)
	for range waiters {
		go func() { // ends with the session
			app.ZookeeperExpired.L.Lock()
			conds.ready.Done()
			app.ZookeeperExpired.Wait() // once: the next session may be there before everybody has had the lock
			app.ZookeeperExpired.L.Unlock()
			conds.woke()
		}()
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
	return Woken{Cond: conds.last.Sub(announced.at), Sessions: sessions.last.Sub(announced.at)}, nil
}

// crowd is goroutines that get ready and are woken.
type crowd struct {
	ready, awake sync.WaitGroup

	mu   sync.Mutex
	last time.Time
}

func newCrowd(n int) *crowd {
	c := &crowd{}
	c.ready.Add(n)
	c.awake.Add(n)
	return c
}

func (c *crowd) woke() {
	now := time.Now()
	c.mu.Lock()
	if now.After(c.last) {
		c.last = now
	}
	c.mu.Unlock()
	c.awake.Done()
}

// stamp is a mutex that notes when it is first taken after being armed.
type stamp struct {
	sync.Mutex
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
		s.armed, s.at = false, time.Now()
	}
}
