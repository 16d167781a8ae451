package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
)

// Leadership is one term of leading under a name. Its methods may be called from any goroutine; only Guard and Resign
// talk to ZooKeeper.
type Leadership struct {
	name string
	hold *hold
}

// Context ends when leading is no longer safe. Its context.Cause is then ErrSessionExpired (ErrTrustLapsed and
// ErrSuspended are that as well), ErrLockDeleted, ErrResigned or ErrStopped, or under Lead the cause of Lead's ctx.
func (l *Leadership) Context() context.Context { return l.hold.ctx }

// Valid reports whether the leader may act now. It reads the monotonic clock and takes no lock: after a pause of the
// process it is false before anything else could have noticed. A pause between asking and acting is beyond it; see
// Term and Guard.
func (l *Leadership) Valid() bool { return l.hold.valid() }

// Deadline returns until when the leader may act unless trust is renewed before, as it is all the time. The zero time
// means that the term is over.
func (l *Leadership) Deadline() time.Time {
	if l.hold.ctx.Err() != nil {
		return time.Time{}
	}
	return l.hold.node.session.lease.Until()
}

// Term returns a fencing token: it grows with every new leader of this name. It is the zxid of the transaction that
// created the lock node.
func (l *Leadership) Term() int64 { return l.hold.node.czxid }

// Guard makes a multi transaction of the given operations (*zk.CreateRequest, *zk.SetDataRequest, *zk.DeleteRequest,
// *zk.CheckVersionRequest) that ZooKeeper refuses once this term is over, and returns a response for each. It fails
// with ErrNotLeader if the term is over, and with what Multi returns if an operation is refused; nothing is written then.
// After any other error the outcome is unknown: zk.ErrConnectionClosed for one, and ErrSessionExpired or ErrStopped where
// the session ended as the request was under way. It blocks while the connection is lost, at the longest until the
// session ends.
func (l *Leadership) Guard(ops ...any) ([]zk.MultiResponse, error) {
	h := l.hold
	if h.ctx.Err() != nil {
		return nil, l.over(context.Cause(h.ctx))
	}
	guarded := append([]any{&zk.CheckVersionRequest{Path: h.node.path, Version: -1}}, ops...)
	// Not with the term's own context: that may end while the answer is on its way which says whether it was in time.
	responses, err := do(h.node.session.ctx, h.node.session, func(conn *zk.Conn) ([]zk.MultiResponse, error) {
		return conn.Multi(guarded...)
	})
	if len(responses) == 0 {
		if err == nil {
			err = zk.ErrAPIError
		}
		return nil, fmt.Errorf("guard %q: %w", l.name, err)
	}
	if errors.Is(responses[0].Error, zk.ErrNoNode) {
		h.deleted()
		return nil, l.over(context.Cause(h.ctx))
	}
	if err != nil {
		err = fmt.Errorf("guard %q: %w", l.name, err)
	}
	return responses[1:], err
}

func (l *Leadership) over(cause error) error {
	return fmt.Errorf("guard %q: %w: %w", l.name, ErrNotLeader, cause)
}

// Resign ends the term and lets the successor take over at once. It may be called again, and after the term has ended
// otherwise. It blocks like ZookeeperLock's Unlock, and returns nil: what cannot be deleted now is deleted in the
// background.
func (l *Leadership) Resign() error {
	l.hold.release()
	return nil
}

// Campaign waits until this instance leads under a name, which is a path below ZookeeperRoot. Lost connections and
// expired sessions are waited out. It fails with ctx's cause, with ErrStopped or ErrNotStarted, with ErrConfig for a
// bad name, with ErrTooManyLocks, and with ZooKeeper's refusal (zk.ErrNoAuth, ...). Once the caller has stopped working
// for a term, however that ended, it calls Resign.
func (app *ApplicationContext) Campaign(ctx context.Context, name string) (*Leadership, error) {
	zc := app.coordinator.Load()
	if zc == nil {
		return nil, ErrNotStarted
	}
	dir, err := zc.below(name)
	if err != nil {
		return nil, err
	}
	for {
		h, err := zc.acquire(ctx, dir)
		if err == nil {
			return zc.leading(name, h), nil
		}
		if !errors.Is(err, ErrSessionExpired) {
			return nil, fmt.Errorf("campaign %q: %w", name, err)
		}
	}
}

// leading books the beginning of a term, and its end.
func (zc *Coordinator) leading(name string, h *hold) *Leadership {
	l := &Leadership{name: name, hold: h}
	log := zc.log.With(zap.String("name", name), zap.Int64("term", l.Term()))
	log.Info("leading")
	zc.tally.won()
	context.AfterFunc(h.ctx, func() {
		cause := context.Cause(h.ctx)
		zc.tally.lost(cause)
		log.Info("leading no more", zap.NamedError("cause", cause))
	})
	return l
}

// Lead calls work whenever this instance leads under a name, in the caller's goroutine, and gives leadership up when
// work returns; see Campaign for the name. Work is to return when its Leadership's context ends. Only then is the lock
// node deleted, so that a successor does not work beside it, and Lead campaigns again.
//
// Lead ends when ctx does, with its cause; when the coordinator stops, with ErrStopped; when work returns while it
// still leads, with its error, nil included; or when Campaign fails. A panic in work passes through, after leadership
// was given up.
func (app *ApplicationContext) Lead(ctx context.Context, name string, work func(*Leadership) error) error {
	for {
		l, err := app.Campaign(ctx, name)
		if err != nil {
			return err
		}
		worked, err := app.coordinator.Load().term(ctx, l, work)
		switch {
		case worked:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case app.State() == Stopped:
			return ErrStopped
		}
	}
}

// term runs work for one term. It reports whether work ended of its own accord, while leading.
func (zc *Coordinator) term(ctx context.Context, l *Leadership, work func(*Leadership) error) (worked bool, err error) {
	defer l.Resign()
	if !zc.work.add() {
		return false, nil // stopped
	}
	defer zc.work.done()
	unhook := context.AfterFunc(ctx, func() { l.hold.end(context.Cause(ctx)) })
	defer unhook()
	err = work(l)
	if l.hold.ctx.Err() == nil {
		return true, err
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		zc.log.Warn("work failed as its term ended", zap.String("name", l.name), zap.Error(err))
	}
	return false, nil
}

// below returns the path of a name.
func (zc *Coordinator) below(name string) (string, error) {
	if problem := namesProblem(name); problem != "" {
		return "", fmt.Errorf("%w: name %q: %s", ErrConfig, name, problem)
	}
	return path.Join(zc.config.RootPath, name), nil
}
