package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"

	"github.com/go-zookeeper/zk"
)

// LeaderInfo says who leads.
type LeaderInfo struct {
	ID   string // Config.ID of the instance; whatever another kind of client wrote into its lock node
	Term int64
}

// Leader returns who is first in the queue for a name: the leader, or who is about to become it. It fails with
// ErrNoLeader if there is nobody, and otherwise as Campaign does; it waits while there is no connection.
//
// After a crash the first in the queue is the one that crashed until its session has expired on the server, for as
// long as the session timeout and a tick.
func (app *ApplicationContext) Leader(ctx context.Context, name string) (LeaderInfo, error) {
	zc := app.coordinator.Load()
	if zc == nil {
		return LeaderInfo{}, ErrNotStarted
	}
	dir, err := zc.below(name)
	if err != nil {
		return LeaderInfo{}, err
	}
	for {
		info, err := zc.leader(ctx, dir)
		if err == nil {
			return info, nil
		}
		if !errors.Is(err, errVanished) && !errors.Is(err, ErrSessionExpired) {
			return LeaderInfo{}, fmt.Errorf("leader %q: %w", name, err)
		}
	}
}

// leader looks once; errVanished if the leader left meanwhile.
func (zc *Coordinator) leader(ctx context.Context, dir string) (LeaderInfo, error) {
	st, err := zc.live(ctx)
	if err != nil {
		return LeaderInfo{}, err
	}
	children, err := st.session.children(ctx, dir)
	if errors.Is(err, zk.ErrNoNode) {
		return LeaderInfo{}, ErrNoLeader
	}
	if err != nil {
		return LeaderInfo{}, err
	}
	name := first(children)
	if name == "" {
		return LeaderInfo{}, ErrNoLeader
	}
	info, err := insist(ctx, st.session, func(conn *zk.Conn) (LeaderInfo, error) {
		data, stat, err := conn.Get(path.Join(dir, name))
		if err != nil {
			return LeaderInfo{}, err
		}
		return LeaderInfo{ID: string(data), Term: stat.Czxid}, nil
	})
	return info, vanished(err)
}

// Observe yields who leads under a name, at once and after every change; see Leader for what that means and Campaign
// for the name. While nobody contends, an element's error is ErrNoLeader, and the iteration goes on. Lost connections
// and expired sessions are waited out, and nothing is yielded for them: ask State how fresh the latest element can be.
// Leaders that came and went while the loop's body ran, or while there was no connection, are left out; the latest
// always arrives.
//
// The iteration ends with ctx, without a further element. It also ends after an element whose error is not ErrNoLeader:
// ErrStopped, ErrNotStarted, ErrConfig for a bad name, or ZooKeeper's refusal (zk.ErrNoAuth, ...).
//
// An observer contends for nothing and proves nothing. It runs in the caller's goroutine, and may be ranged over again,
// and by several goroutines. When the loop is left nothing stays behind but one watch for each name, which whoever observes
// next makes use of. A change costs an observer one read as a rule, however many contend: it watches the leader's node
// alone, and knows who is next.
func (app *ApplicationContext) Observe(ctx context.Context, name string) iter.Seq2[LeaderInfo, error] {
	return func(yield func(LeaderInfo, error) bool) {
		more := true
		err := app.observe(ctx, name, func(s *sight) bool {
			more = yield(s.leader, s.err(name))
			return more
		})
		if more && ctx.Err() == nil {
			yield(LeaderInfo{}, fmt.Errorf("observe %q: %w", name, err))
		}
	}
}

// observe shows every sight that differs from the one before, until show has enough.
func (app *ApplicationContext) observe(ctx context.Context, name string, show func(*sight) bool) error {
	zc := app.coordinator.Load()
	if zc == nil {
		return ErrNotStarted
	}
	dir, err := zc.below(name)
	if err != nil {
		return err
	}
	var shown *sight
	for {
		st, err := zc.live(ctx)
		if err != nil {
			return err
		}
		seen, err := st.session.see(ctx, dir)
		if errors.Is(err, ErrSessionExpired) {
			continue
		}
		if err != nil {
			return err
		}
		if shown == nil || seen.leader != shown.leader {
			if !show(seen) {
				return nil
			}
			shown = seen
		}
		seen.last(ctx, st.session)
	}
}
