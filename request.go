package zookeeper

import (
	"context"
	"errors"
	"path"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/dial"
)

// do makes one request in a session. The client library knows no contexts: if ctx or the session ends first, the
// request is left to itself, and what became of it is unknown.
func do[T any](ctx context.Context, s *session, request func(*zk.Conn) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	answers := make(chan answer, 1)
	// The goroutine ends with the answer, at the latest when the connection is closed; the coordinator waits for it.
	if !s.requests.add() {
		return none, context.Cause(s.ctx)
	}
	if !s.zc.tasks.spawn(func() {
		defer s.requests.done()
		value, err := request(s.conn)
		answers <- answer{value, err}
	}) {
		s.requests.done()
		return none, ErrStopped
	}
	select {
	case a := <-answers:
		if errors.Is(a.err, zk.ErrSessionExpired) {
			s.zc.queue.put(event{session: s, kind: expired, cause: ErrSessionExpired})
			return none, ErrSessionExpired
		}
		return a.value, a.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-s.ctx.Done():
		return none, context.Cause(s.ctx)
	}
}

// insist makes a request that may be made twice, again and again as long as the connection is lost before the answer
// comes.
func insist[T any](ctx context.Context, s *session, request func(*zk.Conn) (T, error)) (T, error) {
	for {
		link := s.link()
		value, err := do(ctx, s, request)
		if !broken(err) {
			return value, err
		}
		if err := s.reconnected(ctx, link); err != nil {
			return value, err
		}
	}
}

// broken reports whether an error of the client library means that the answer was lost with the connection, rather
// than that this is the answer.
func broken(err error) bool {
	return errors.Is(err, zk.ErrConnectionClosed) || errors.Is(err, zk.ErrNoServer) || errors.Is(err, zk.ErrClosing) ||
		errors.Is(err, zk.ErrSessionMoved) || errors.Is(err, dial.ErrBroken)
}

// link returns the number of the latest connection.
func (s *session) link() int { return s.zc.App.current.Load().link }

// reconnected waits, after a request failed on connection number link, until the session has a later one. It fails
// when ctx or the session ends. Should the failure have been of another kind, and the connection be up all the same,
// it returns after a sixth of the session timeout.
func (s *session) reconnected(ctx context.Context, link int) error {
	timer := time.NewTimer(s.timeout / 6)
	defer timer.Stop()
	for patient := true; ; {
		st := s.zc.App.current.Load()
		if st.session == s && st.state == Connected && (st.link > link || !patient) {
			return nil
		}
		select {
		case <-st.changed:
		case <-timer.C:
			patient = false
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
}

// ensure makes sure that a node and its ancestors exist. It starts from the deepest one that does, and touches none
// of those, so that no permission is needed on them but to create the first that is missing.
func (s *session) ensure(ctx context.Context, node string) error {
	if node == "/" {
		return nil
	}
	exists, err := insist(ctx, s, func(conn *zk.Conn) (bool, error) {
		exists, _, err := conn.Exists(node)
		return exists, err
	})
	if err != nil || exists {
		return err
	}
	if err := s.ensure(ctx, path.Dir(node)); err != nil {
		return err
	}
	_, err = insist(ctx, s, func(conn *zk.Conn) (string, error) {
		return conn.Create(node, nil, zk.FlagPersistent, s.zc.config.ACL)
	})
	switch {
	case errors.Is(err, zk.ErrNodeExists):
		return nil
	case errors.Is(err, zk.ErrNoNode): // somebody deletes what we create
		return s.ensure(ctx, node)
	}
	return s.refused(err, node)
}
