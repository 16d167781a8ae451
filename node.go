package zookeeper

import (
	"context"
	"errors"
	"path"
	"time"

	"github.com/go-zookeeper/zk"
)

// node is this process's place in the queue for a lock: an ephemeral sequential node of one session.
type node struct {
	session *session
	dir     string // the lock's node
	path    string
	czxid   int64           // the zxid of its creation: no later contender of this lock has a lower one; 0 until known
	gone    <-chan zk.Event // fires when something happens to it; nil until it is watched
	queue   []string        // as it was listed after the creation; nil if it was not
}

// create makes a node with a guid in its name, which finds it if the answer is lost with the connection. The queue is
// listed in the same breath: the server answers a session's requests in their order.
func (s *session) create(ctx context.Context, dir string) (*node, error) {
	for {
		guid, link, sent := newGUID(), s.link(), time.Now()
		own := path.Join(dir, protection+guid+lockSuffix)
		if err := s.enlist(dir); err != nil {
			return nil, err
		}
		s.dialer.Expect(own)
		n, err := do(ctx, s, func(conn *zk.Conn) (*node, error) {
			listed := make(chan []string, 1)
			go func() { // ends before this request does
				children, _, _ := conn.Children(dir)
				listed <- children
			}()
			name, err := conn.Create(own, []byte(s.zc.config.ID), zk.FlagEphemeralSequential, s.zc.config.ACL)
			return &node{session: s, dir: dir, path: name, queue: <-listed}, err
		})
		czxid := s.dialer.Created(own)
		var name string
		switch {
		case err == nil:
			s.lease.Committed(sent)
			n.czxid = czxid
			return n, nil
		case errors.Is(err, zk.ErrNoNode):
			s.strike(dir)
			if err := s.ensure(ctx, dir); err != nil {
				return nil, err
			}
			continue
		case broken(err):
			if err = s.reconnected(ctx, link); err == nil {
				name, err = s.find(ctx, dir, guid)
			}
			if err == nil && name != "" {
				return &node{session: s, dir: dir, path: name}, nil
			}
		case !unanswered(ctx, s):
			s.strike(dir)
			return nil, s.refused(err, path.Join(dir, guid))
		}
		// The create may still be on its way, or done: whatever comes of it is not ours to keep.
		s.zc.bury(leftover{session: s, dir: dir, guid: guid})
		if err != nil {
			return nil, err
		}
	}
}

// unanswered reports whether do may have returned before there was an answer.
func unanswered(ctx context.Context, s *session) bool { return ctx.Err() != nil || s.ctx.Err() != nil }

// find looks for a node by its guid, as of now: a sync first, since this may be another server.
func (s *session) find(ctx context.Context, dir, guid string) (string, error) {
	return insist(ctx, s, func(conn *zk.Conn) (string, error) { return findByGUID(conn, dir, guid) })
}

func findByGUID(conn *zk.Conn, dir, guid string) (string, error) {
	if _, err := conn.Sync(dir); err != nil {
		return "", err
	}
	children, _, err := conn.Children(dir)
	if errors.Is(err, zk.ErrNoNode) {
		return "", nil
	}
	if name := byGUID(children, guid); err == nil && name != "" {
		return path.Join(dir, name), nil
	}
	return "", err
}

func (s *session) children(ctx context.Context, dir string) ([]string, error) {
	return insist(ctx, s, func(conn *zk.Conn) ([]string, error) {
		children, _, err := conn.Children(dir)
		return children, err
	})
}

// arrive finds the new node's place in the queue, and watches it. Where it is first, and nothing else is to be known of
// it, the watch is left to whoever holds the lock.
func (n *node) arrive(ctx context.Context) (position, error) {
	p, err := n.place(n.queue)
	n.queue = nil
	if err == nil && p.ahead == 0 && n.czxid != 0 {
		return p, nil
	}
	if watched := n.follow(ctx); watched != nil {
		return p, watched
	}
	if err != nil { // listed too early, or not at all
		return n.look(ctx)
	}
	return p, nil
}

// follow watches the own node, and makes sure that it belongs to this session.
func (n *node) follow(ctx context.Context) error {
	o, err := insist(ctx, n.session, n.watch)
	if err != nil {
		return err
	}
	if n.czxid == 0 {
		n.czxid = o.czxid
	}
	n.gone = o.gone
	if o.owner != n.session.id {
		return errVanished
	}
	return nil
}

// look lists the queue again and finds the own place in it.
func (n *node) look(ctx context.Context) (position, error) {
	children, err := insist(ctx, n.session, n.list)
	if err != nil {
		return position{}, vanished(err)
	}
	return n.place(children)
}

// list lists the queue. As the turn may have come, the session is proved at the same time if need be, rather than
// after.
func (n *node) list(conn *zk.Conn) ([]string, error) {
	if !n.session.lease.Fresh() {
		proved := make(chan struct{})
		go func() { // ends before this request does
			defer close(proved)
			n.prove(conn)
		}()
		defer func() { <-proved }()
	}
	children, _, err := conn.Children(n.dir)
	return children, err
}

// prove has the lease know of a transaction.
func (n *node) prove(*zk.Conn) (struct{}, error) {
	sent := time.Now()
	err := n.session.prove(n.path)
	if err == nil {
		n.session.lease.Committed(sent)
	}
	return struct{}{}, err
}

// owned is what a watch on the own node finds.
type owned struct {
	owner, czxid int64
	gone         <-chan zk.Event
}

func (n *node) watch(conn *zk.Conn) (owned, error) {
	exists, stat, gone, err := conn.ExistsW(n.path)
	if err == nil && !exists {
		err = errVanished
	}
	if err != nil {
		return owned{}, err
	}
	return owned{stat.EphemeralOwner, stat.Czxid, gone}, nil
}

// happened deals with an event on the own node: errVanished if it is gone, else the watch is set again.
func (n *node) happened(ctx context.Context, ev zk.Event) error {
	if ev.Type == zk.EventNodeDeleted {
		return errVanished
	}
	return n.follow(ctx)
}

func (n *node) place(children []string) (position, error) {
	p, found := place(children, path.Base(n.path))
	if !found {
		return position{}, errVanished
	}
	return p, nil
}

// vanished turns the absence of the lock's node into that of our own.
func vanished(err error) error {
	if errors.Is(err, zk.ErrNoNode) {
		return errVanished
	}
	return err
}
