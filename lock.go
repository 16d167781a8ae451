package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// lock is the ZookeeperLock of Burrow's modules: a hold, taken and released again and again.
type lock struct {
	zc  *Coordinator
	dir string

	mu        sync.Mutex
	acquiring bool
	hold      *hold // nil unless held, or held and lost
}

// Lock is LockContext without an end.
func (l *lock) Lock() error { return l.LockContext(context.Background()) }

// LockContext is Lock with an end: when ctx ends first, it returns its cause, and no node stays behind.
func (l *lock) LockContext(ctx context.Context) error {
	return l.acquire(func() (*hold, error) { return l.zc.acquire(ctx, l.dir) })
}

// TryLock takes the lock if nobody holds it or waits for it, and reports whether it did. It blocks for an answer of
// ZooKeeper, and so while there is no connection. Its errors are those of Lock.
func (l *lock) TryLock() (bool, error) {
	err := l.acquire(func() (*hold, error) { return l.zc.tryAcquire(context.Background(), l.dir) })
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}

func (l *lock) acquire(take func() (*hold, error)) error {
	l.mu.Lock()
	held := l.hold != nil && l.hold.ctx.Err() == nil
	if l.acquiring || held {
		l.mu.Unlock()
		return fmt.Errorf("lock %q: %w", l.dir, ErrDeadlock)
	}
	lost := l.hold
	l.acquiring, l.hold = true, nil
	l.mu.Unlock()

	if lost != nil {
		lost.release() // Unlock was left out after the session ended
	}
	h, err := take()

	l.mu.Lock()
	defer l.mu.Unlock()
	l.acquiring, l.hold = false, h
	if err != nil {
		return fmt.Errorf("lock %q: %w", l.dir, err)
	}
	return nil
}

// Unlock releases the lock; see ZookeeperLock.
func (l *lock) Unlock() error {
	l.mu.Lock()
	h := l.hold
	l.hold = nil
	l.mu.Unlock()
	if h == nil {
		return fmt.Errorf("unlock %q: %w", l.dir, ErrNotLocked)
	}
	h.release()
	return nil
}
