package zookeeper

import (
	"context"
	"errors"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
)

// hold is a held lock.
type hold struct {
	node *node
	ctx  context.Context // ends when the lock is not ours any more; context.Cause says why
	end  context.CancelCauseFunc
}

func newHold(n *node) *hold {
	h := &hold{node: n}
	h.ctx, h.end = context.WithCancelCause(n.session.ctx)
	return h
}

// deleted is called when the lock's node is found missing.
func (h *hold) deleted() { h.end(ErrLockDeleted) }

// follow watches the own node for as long as the lock is held, in a goroutine that ends with it.
func (h *hold) follow() {
	h.node.session.zc.tasks.spawn(func() {
		var err error
		if h.node.gone == nil {
			err = h.node.follow(h.ctx)
		}
		for err == nil {
			select {
			case ev := <-h.node.gone:
				err = h.node.happened(h.ctx, ev)
			case <-h.ctx.Done():
				return
			}
		}
		if errors.Is(err, errVanished) {
			h.deleted()
		}
	})
}

// valid reports whether the lock is ours at this moment.
func (h *hold) valid() bool { return h.ctx.Err() == nil && h.node.session.lease.Valid() }

// release gives the lock up, which a successor sees as soon as the node is deleted. It blocks until then, but not
// without a session, and not for more than a sixth of the session timeout: the rest is done in the background.
func (h *hold) release() {
	n := h.node
	h.end(ErrResigned)
	deleted := n.session.zc.bury(leftover{session: n.session, dir: n.dir, path: n.path})
	limit := time.NewTimer(n.session.timeout / 6)
	defer limit.Stop()
	select {
	case <-deleted:
	case <-n.session.ctx.Done():
	case <-limit.C:
	}
}

// leftover is a node that must not stay: one that is known by its path, or one that a create may have made whose
// answer was lost, known by its guid.
type leftover struct {
	session *session
	dir     string
	path    string
	guid    string
}

// bury deletes a leftover in the background, for as long as it takes. The channel it returns is closed when that is
// done, or pointless.
func (zc *Coordinator) bury(l leftover) <-chan struct{} {
	if l.path != "" {
		l.session.lease.Drop(l.path)
	}
	done := make(chan struct{})
	if !zc.tasks.spawn(func() {
		defer close(done)
		l.clean(zc)
		l.session.strike(l.dir)
	}) {
		close(done)
	}
	return done
}

// clean deletes the leftover, in its own session if that is there to do it, which it also is while Stop drains, and
// in a later one otherwise: a session that expired for us may live on at the server.
func (l leftover) clean(zc *Coordinator) {
	s := l.session
	for begun := time.Now(); ; {
		link, sent := s.link(), time.Now()
		found, err := l.delete(s)
		switch {
		case found:
			s.lease.Committed(sent)
			if l.guid != "" || s != l.session {
				zc.tally.orphan()
				zc.log.Info("deleted a lock node that was left behind", zap.String("lock", l.dir))
			}
			return
		case err == nil && (l.path != "" || s != l.session || time.Since(begun) > 2*s.timeout):
			return // there is none, and none can come
		case err == nil:
			// The create may be in the buffers of a connection that the server has not given up yet. It does when the
			// session timeout has passed in silence.
			err = s.rest(s.timeout / 2)
		case broken(err) || errors.Is(err, zk.ErrSessionExpired):
			err = s.reconnected(context.Background(), link)
		default:
			zc.log.Warn("cannot delete a lock node that was left behind",
				zap.String("lock", l.dir), zap.String("node", l.path), zap.Error(err))
			return
		}
		if err != nil { // the session is over
			st, err := zc.live(context.Background())
			if err != nil {
				return // stopped: the node ends with its session
			}
			s = st.session
		}
	}
}

// delete reports whether there was a node to delete.
func (l leftover) delete(s *session) (found bool, err error) {
	if !s.requests.add() {
		return false, zk.ErrClosing
	}
	defer s.requests.done()
	node := l.path
	if node == "" {
		if node, err = findByGUID(s.conn, l.dir, l.guid); err != nil || node == "" {
			return false, err
		}
	}
	err = s.conn.Delete(node, -1)
	if errors.Is(err, zk.ErrNoNode) {
		return false, nil
	}
	return err == nil, err
}

// rest waits, unless the session ends.
func (s *session) rest(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}
