package uptime

import (
	"context"
	"errors"

	"github.com/go-zookeeper/zk"
)

// fault is something that happens at the n-th thing a leader does.
type fault struct {
	at   int
	late bool // the thing is done, but its answer never arrives
	dies bool // the leader is dead from then on; otherwise only this answer is lost
}

var (
	errNotLeader = errors.New("not the leader")
	errLost      = zk.ErrConnectionClosed
)

// elect makes a new leader, which the given fault will hit.
func (w *world) elect(ctx context.Context, f fault) *leader {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.term += 10
	w.fault, w.effects = f, 0
	ctx, cancel := context.WithCancel(ctx)
	return &leader{world: w, term: w.term, ctx: ctx, cancel: cancel}
}

// act does a leader's thing, unless the fault says otherwise. The world's lock is not held while it is done.
func (w *world) act(l *leader, do func() error) error {
	w.mu.Lock()
	if l.dead {
		w.mu.Unlock()
		return errLost
	}
	w.effects++
	hit := w.effects == w.fault.at
	fault := w.fault
	if hit && fault.dies {
		// Nothing of it happens after this one, and it never learns how this one went.
		l.dead = true
		defer l.cancel()
	}
	w.mu.Unlock()
	if !hit {
		return do()
	}
	if fault.late {
		_ = do()
	}
	return errLost
}

// leader is the Leadership that the work sees.
type leader struct {
	world  *world
	term   int64
	ctx    context.Context
	cancel context.CancelFunc
	paused bool
	dead   bool
}

func (l *leader) Context() context.Context { return l.ctx }

func (l *leader) Term() int64 { return l.term }

func (l *leader) Valid() bool {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	return !l.dead && !l.paused && l.ctx.Err() == nil
}

func (l *leader) Guard(ops ...any) (answers []zk.MultiResponse, err error) {
	err = l.world.act(l, func() error {
		l.world.mu.Lock()
		defer l.world.mu.Unlock()
		if l.term != l.world.term {
			return errNotLeader
		}
		l.world.behind = nil
		for _, op := range ops {
			if err := l.world.apply(op); err != nil {
				return err
			}
		}
		return nil
	})
	return nil, err
}

func (l *leader) pause(paused bool) {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	l.paused = paused
}
