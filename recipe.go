package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/go-zookeeper/zk"
)

// What ends an attempt, beside the context, the session and ZooKeeper's refusal.
var (
	errVanished = errors.New("own node vanished") // join the queue anew
	errTaken    = errors.New("lock is taken")     // TryLock says false
)

// acquire waits in the queue of a lock until it is held. A lost connection is waited out; ctx, the end of the session,
// Stop and a refusal of ZooKeeper end the wait, and leave no node behind.
func (zc *Coordinator) acquire(ctx context.Context, dir string) (*hold, error) {
	return zc.compete(ctx, dir, true)
}

// tryAcquire takes a lock that nobody else contends for, and fails with errTaken otherwise.
func (zc *Coordinator) tryAcquire(ctx context.Context, dir string) (*hold, error) {
	return zc.compete(ctx, dir, false)
}

func (zc *Coordinator) compete(ctx context.Context, dir string, patient bool) (*hold, error) {
	if problem := pathProblem(dir); problem != "" {
		return nil, fmt.Errorf("%w: lock path %q: %s", ErrConfig, dir, problem)
	}
	st, err := zc.live(ctx)
	if err != nil {
		return nil, err
	}
	s := st.session
	if !patient {
		if children, err := s.children(ctx, dir); err == nil && first(children) != "" {
			return nil, errTaken // found out without joining the queue
		}
	}
	for {
		n, err := s.create(ctx, dir)
		if err != nil {
			return nil, err
		}
		h, err := n.become(ctx, patient)
		if err == nil {
			return h, nil
		}
		zc.bury(leftover{session: s, dir: dir, path: n.path})
		if !errors.Is(err, errVanished) {
			return nil, err
		}
	}
}

// become makes a node in the queue a hold.
func (n *node) become(ctx context.Context, patient bool) (*hold, error) {
	p, err := n.arrive(ctx)
	if err != nil {
		return nil, err
	}
	if p.ahead > 0 && !patient {
		return nil, errTaken
	}
	if err := n.wait(ctx, p); err != nil {
		return nil, err
	}
	return n.take(ctx)
}

// wait returns when nobody is ahead any more. It watches the predecessor, and the one before that, whose end says that
// this node is next in line now: then trust is kept fresh, so that nothing has to be asked when the turn comes.
//
// On a new connection it sets these watches anew, though the client library does so too: if that has read an answer there
// first, it asks for what happens from then on, and what happened while there was no connection nobody hears of.
func (n *node) wait(ctx context.Context, p position) error {
	lease, watched, link := n.session.lease, make(map[string]<-chan zk.Event), n.session.link()
	for p.ahead > 0 {
		st := n.session.zc.App.current.Load()
		if st.link != link {
			clear(watched)
			link = st.link
		}
		for _, name := range []string{p.before, p.second} {
			if name == "" || watched[name] != nil {
				continue
			}
			left, err := n.watchOther(ctx, path.Join(n.dir, name))
			if err != nil {
				return err
			}
			watched[name] = left
		}
		if p.ahead == 1 {
			lease.Warm(n.path, func() {})
		}
		select {
		case ev := <-watched[p.before]:
			delete(watched, p.before)
			if p.ahead == 1 && ev.Type == zk.EventNodeDeleted && lease.Fresh() {
				return nil // those who came later queue behind
			}
		case <-watched[p.second]:
			delete(watched, p.second)
		case ev := <-n.gone:
			if err := n.happened(ctx, ev); err != nil {
				return err
			}
			continue
		case <-st.changed:
			continue
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-n.session.ctx.Done():
			return context.Cause(n.session.ctx)
		}
		var err error
		if p, err = n.look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// watchOther returns a channel that tells when something happens to a contender, or has happened. The data is read for
// it, because such a watch does not outlive the node. What becomes of a node that may not be read nobody is told: instead
// of a watch there is another look now and then.
func (n *node) watchOther(ctx context.Context, other string) (<-chan zk.Event, error) {
	left, err := insist(ctx, n.session, func(conn *zk.Conn) (<-chan zk.Event, error) {
		_, _, left, err := conn.GetW(other)
		return left, err
	})
	look := make(chan zk.Event, 1)
	switch {
	case errors.Is(err, zk.ErrNoNode):
		look <- zk.Event{Type: zk.EventNodeDeleted}
		return look, nil
	case errors.Is(err, zk.ErrNoAuth):
		time.AfterFunc(n.session.timeout/6, func() { look <- zk.Event{Type: zk.EventNotWatching} })
		return look, nil
	}
	return left, err
}

// take makes the lowest node a hold: the last condition is trust. Where nothing is known of the session it takes two
// transactions to have some, and where not even its pings were answered, a while of them.
func (n *node) take(ctx context.Context) (*hold, error) {
	s, h := n.session, newHold(n)
	for try := 0; !s.lease.Hold(n.path, h.deleted); try++ {
		_, err := insist(ctx, s, n.prove)
		if err == nil && try > 1 {
			err = s.rest(s.timeout / 24)
		}
		if err != nil {
			h.end(err)
			return nil, vanished(err)
		}
	}
	h.follow()
	return h, nil
}
