package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync/atomic"

	"github.com/go-zookeeper/zk"
)

// sight is what a session has seen of the leader of a name, and the watch that says when to look again: on the leader's
// node alone, or on the queue while it is empty. Observers share it. It outlives them, as the client library cannot take
// a watch back; so there is never more than one for each name.
type sight struct {
	leader  LeaderInfo      // zero: nobody leads
	next    []string        // who was behind the leader when the queue was listed
	link    int             // the connection that it was seen on; on another the watch may have been lost
	changed <-chan zk.Event // fires once, and is closed
	gone    atomic.Bool     // it fired because the leader's node was deleted
}

func (s *sight) err(name string) error {
	if s.leader.Term != 0 {
		return nil
	}
	return fmt.Errorf("observe %q: %w", name, ErrNoLeader)
}

// last waits while nothing changes, until ctx or the session ends.
func (s *sight) last(ctx context.Context, in *session) {
	st := in.zc.App.current.Load()
	if st.link != s.link {
		return
	}
	select {
	case ev := <-s.changed:
		s.fired(ev)
	case <-st.changed:
	case <-ctx.Done():
	case <-in.ctx.Done():
	}
}

// over reports whether something has changed, or may have.
func (s *sight) over(link int) bool {
	if s.link != link {
		return true
	}
	select {
	case ev := <-s.changed:
		s.fired(ev)
		return true
	default:
		return false
	}
}

// fired remembers the event, which only one of several observers gets. One of the others that is faster than this lists
// the queue in vain, no more.
func (s *sight) fired(ev zk.Event) {
	if ev.Type == zk.EventNodeDeleted {
		s.gone.Store(true)
	}
}

// see returns who leads: the latest sight, if nothing has changed since, or a new one.
func (s *session) see(ctx context.Context, dir string) (*sight, error) {
	latest, _ := s.sights.Load(dir)
	link := s.link()
	if latest != nil && !latest.(*sight).over(link) {
		return latest.(*sight), nil
	}
	return insist(ctx, s, func(conn *zk.Conn) (seen *sight, err error) {
		if latest == nil {
			// An earlier session may have seen what this server has not heard of yet.
			_, err = conn.Sync(dir)
		} else if before := latest.(*sight); before.gone.Load() {
			seen, err = head(conn, dir, before.next)
		}
		for err == nil && seen == nil {
			seen, err = list(conn, dir)
		}
		if err == nil {
			seen.link = link
			s.sights.Store(dir, seen) // here, as ctx may have ended meanwhile
		}
		return seen, err
	})
}

// list looks at the queue; nil if what it has seen is gone already.
func list(conn *zk.Conn, dir string) (*sight, error) {
	children, _, err := conn.Children(dir)
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return nil, err
	}
	if queue := line(children); len(queue) > 0 {
		return head(conn, dir, queue)
	}
	children, _, joined, err := conn.ChildrenW(dir)
	switch {
	case errors.Is(err, zk.ErrNoNode):
		exists, _, created, err := conn.ExistsW(dir)
		if err != nil || exists {
			return nil, err
		}
		return &sight{changed: created}, nil
	case err != nil:
		return nil, err
	}
	if queue := line(children); len(queue) > 0 {
		return head(conn, dir, queue)
	}
	return &sight{changed: joined}, nil
}

// head looks at the first in the queue; nil if there is none or it is gone. No newcomer can be before it: sequence
// numbers grow as long as the queue's node exists, and that one cannot be deleted while the first is there.
func head(conn *zk.Conn, dir string, queue []string) (*sight, error) {
	if len(queue) == 0 {
		return nil, nil
	}
	data, stat, changed, err := conn.GetW(path.Join(dir, queue[0]))
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &sight{leader: LeaderInfo{ID: string(data), Term: stat.Czxid}, next: queue[1:], changed: changed}, nil
}
