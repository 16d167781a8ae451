package zookeeper

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/dial"
	"burrow.example/zookeeper/internal/lease"
)

// session is one ZooKeeper session, with a zk.Conn of its own: nothing that is queued, watched or reported in one
// session can turn up in the next. It ends once, with a cause, and is never revived.
type session struct {
	zc       *Coordinator
	conn     *zk.Conn
	closed   <-chan zk.Event // closed when the last goroutine of conn is gone
	dialer   *dial.Dialer
	lease    *lease.Lease
	proved   chan struct{} // closed when the lease has returned
	requests *group        // what is asked of conn
	paths    atomic.Int64  // the size of the lock nodes' paths; see maxPaths

	ctx context.Context // ends with the session; context.Cause says why
	end context.CancelCauseFunc

	// Written by the event loop before it publishes the session, and read after.
	id      int64
	timeout time.Duration // as first negotiated

	sights sync.Map // by the path of a name, its latest *sight
}

// event is what the event loop is told.
type event struct {
	session *session // nil for stop
	kind    eventKind
	link    dial.Link // of established
	cause   error     // of expired
	during  *status   // if not nil, it means nothing in any other
}

// open starts to establish a session. It does not block; what becomes of it is told to the event loop.
func (zc *Coordinator) open() *session {
	config := zc.config
	s := &session{zc: zc, proved: make(chan struct{}), requests: newGroup()}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.lease = lease.New(lease.Config{
		Timeout: config.SessionTimeout,
		Prove:   s.prove,
		Expired: func(cause error) { zc.queue.put(event{session: s, kind: expired, cause: ErrSessionExpired}) },
		Lapsed:  func() { zc.queue.put(event{session: s, kind: expired, cause: ErrTrustLapsed}) },
		Kicked:  zc.kicked,
		RTT:     zc.tally.proved,
		Narrow:  zc.tally.narrow,
	})
	s.dialer = dial.New(dial.Options{
		Hosts: zc.hosts, Timeout: config.SessionTimeout, Dial: config.Dial, TLS: config.TLS, Auth: config.auths(),
		Attached: s.lease.Attached, Touched: s.lease.Touched,
	})
	conn, events, err := zk.Connect(config.Servers, config.SessionTimeout,
		zk.WithDialer(s.dialer.Dial),
		zk.WithHostProvider(s.dialer),
		zk.WithEventCallback(func(ev zk.Event) { zc.observe(s, ev) }),
		zk.WithLogger(zc.library),
		zk.WithMaxBufferSize(zc.buffer))
	if err != nil {
		panic("zookeeper: " + err.Error()) // it fails without servers, or if the host provider does; neither can be
	}
	s.conn, s.closed = conn, events
	// The lease's goroutine ends with the session; close waits for it.
	go func() {
		defer close(s.proved)
		s.lease.Run(s.ctx)
	}()
	return s
}

// observe is called by the client library, which it must not hold up. Watch events have channels of their own.
func (zc *Coordinator) observe(s *session, ev zk.Event) {
	if ev.Type != zk.EventSession {
		return
	}
	switch ev.State {
	case zk.StateHasSession:
		zc.queue.put(event{session: s, kind: established, link: s.dialer.Link()})
	case zk.StateDisconnected:
		if s.dialer.Over() {
			// The library ends, and answers what it has been asked meanwhile, but not a Close that asks a moment later:
			// that would wait for a second.
			time.Sleep(time.Millisecond)
		}
		zc.queue.put(event{session: s, kind: lost})
	case zk.StateExpired:
		zc.queue.put(event{session: s, kind: expired, cause: ErrSessionExpired})
	}
}

// settled is for how long the end of a session waits for what is asked in it. A request that comes to the client library
// just as that is closed can block it for ever: it is answered once because of that, once because it cannot be sent any
// more and once because the connection is lost, which is once more than its channel holds. So none comes to it any more
// before it is closed; one that has been with it for so long is no danger.
const settled = 100 * time.Millisecond

// close ends the connection of a session whose context has ended, and returns when no goroutine of the session is left.
// A polite close ends the session on the server as well, which releases its locks; otherwise the server finds out when the
// session times out.
func (s *session) close(polite bool) {
	if !polite {
		s.dialer.Close()
		<-s.dialer.Resting() // or else Close waits a second for an answer
	}
	select {
	case <-s.requests.close():
	case <-time.After(settled):
	}
	s.conn.Close()
	s.dialer.Close()
	for range s.closed {
	}
	s.dialer.Wait()
	<-s.proved
}

// maxPaths bounds what the transaction that ends the session lists: the path of every ephemeral node, 4 bytes of length
// each (CloseSessionTxn in zookeeper.jute). ZooKeeper writes it whatever its size, but a server does not start with one
// in its log that exceeds twice jute.maxbuffer, 1,048,575 bytes unless that is configured (ZOOKEEPER-4306).
const maxPaths = 1_000_000

// enlist counts the path of a lock node to come, and strike takes it off again.
func (s *session) enlist(dir string) error {
	if size := s.paths.Add(listedSize(dir)); size > maxPaths {
		s.strike(dir)
		return fmt.Errorf("%w: their paths would take %d bytes", ErrTooManyLocks, size)
	}
	return nil
}

func (s *session) strike(dir string) { s.paths.Add(-listedSize(dir)) }

func listedSize(dir string) int64 {
	return int64(4 + len(dir) + len("/") + len(protection) + 2*guidSize + len(lockSuffix) + sequenceDigits)
}

// prove has a transaction committed that changes nothing: a multi of a single check. It takes a zxid, so a quorum
// has to agree, and it fails if the node or the session is gone.
func (s *session) prove(node string) error {
	if !s.requests.add() {
		return zk.ErrClosing
	}
	defer s.requests.done()
	_, err := s.conn.Multi(&zk.CheckVersionRequest{Path: node, Version: -1})
	return err
}
