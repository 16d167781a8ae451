package zookeeper

import (
	"context"

	"github.com/go-zookeeper/zk"
)

// ZookeeperClient is the session that all modules of an application share. Its methods have the signatures, and the
// errors, of *zk.Conn, and may be called from any goroutine.
//
// While the connection is lost and the session may be alive, calls wait; that ends with the session, at the latest
// after its timeout, and then they return zk.ErrConnectionClosed, and their outcome is unknown. Without a session
// they return at once: zk.ErrNoServer before the first one, zk.ErrSessionExpired between two, zk.ErrClosing after
// Stop. A request never runs in another session than the one it was made in.
type ZookeeperClient interface {
	// Close is here for Burrow's modules. The session belongs to the Coordinator: this does nothing, and says so in
	// the log.
	Close()

	Children(path string) ([]string, *zk.Stat, error)
	ChildrenW(path string) ([]string, *zk.Stat, <-chan zk.Event, error)
	Get(path string) ([]byte, *zk.Stat, error)
	GetW(path string) ([]byte, *zk.Stat, <-chan zk.Event, error)
	Exists(path string) (bool, *zk.Stat, error)
	ExistsW(path string) (bool, *zk.Stat, <-chan zk.Event, error)
	Create(path string, data []byte, flags int32, acl []zk.ACL) (string, error)
	Set(path string, data []byte, version int32) (*zk.Stat, error)
	Delete(path string, version int32) error
	Multi(ops ...any) ([]zk.MultiResponse, error)
	Sync(path string) (string, error)

	// NewLock returns a lock on an absolute path, which is created when it is first locked. The lock also has
	//
	//	LockContext(ctx context.Context) error // Lock, which gives up when ctx ends, and returns its cause
	//	TryLock() (bool, error)                // takes the lock if it is free at this moment, and says whether it was
	NewLock(path string) ZookeeperLock
}

// ZookeeperLock is a lock that at most one holder among all instances has. It may be used from several goroutines.
//
// A lock that is held is lost when its session ends, which App.ZookeeperExpired and App.Session tell, and when somebody
// deletes its node, which only a Leadership tells: see Campaign.
type ZookeeperLock interface {
	// Lock blocks until the lock is held. A lost connection is waited out. It fails with ErrSessionExpired if the
	// session ends while it waits, with ErrStopped if the coordinator does, with ErrDeadlock if this lock is held
	// already, with ErrTooManyLocks, and with ZooKeeper's refusal (zk.ErrNoAuth, ...).
	Lock() error
	// Unlock releases the lock. It fails only with ErrNotLocked: if the session expired, the lock is released
	// already; if the connection is lost, the lock node is deleted in the background as soon as it is back. It blocks
	// for a sixth of the session timeout at most.
	Unlock() error
}

var (
	_ ZookeeperLock                                   = (*lock)(nil)
	_ interface{ LockContext(context.Context) error } = (*lock)(nil)
	_ interface{ TryLock() (bool, error) }            = (*lock)(nil)
)

// client is the ZookeeperClient of a Coordinator, whichever session it has.
type client struct {
	zc *Coordinator
}

// enter returns the live session for one request, which is over with requests.done, or the error that says why there
// is none.
func (c *client) enter() (*session, error) {
	st := c.zc.App.current.Load()
	if st.session != nil && st.session.requests.add() {
		return st.session, nil
	}
	switch st = c.zc.App.current.Load(); st.state {
	case Stopped:
		return nil, zk.ErrClosing
	case Disconnected:
		return nil, zk.ErrNoServer
	}
	return nil, zk.ErrSessionExpired
}

func (c *client) Close() {
	c.zc.log.Info("close ignored: the session belongs to the coordinator")
}

func (c *client) Children(path string) ([]string, *zk.Stat, error) {
	s, err := c.enter()
	if err != nil {
		return nil, nil, err
	}
	defer s.requests.done()
	return s.conn.Children(path)
}

func (c *client) ChildrenW(path string) ([]string, *zk.Stat, <-chan zk.Event, error) {
	s, err := c.enter()
	if err != nil {
		return nil, nil, nil, err
	}
	defer s.requests.done()
	return s.conn.ChildrenW(path)
}

func (c *client) Get(path string) ([]byte, *zk.Stat, error) {
	s, err := c.enter()
	if err != nil {
		return nil, nil, err
	}
	defer s.requests.done()
	return s.conn.Get(path)
}

func (c *client) GetW(path string) ([]byte, *zk.Stat, <-chan zk.Event, error) {
	s, err := c.enter()
	if err != nil {
		return nil, nil, nil, err
	}
	defer s.requests.done()
	return s.conn.GetW(path)
}

func (c *client) Exists(path string) (bool, *zk.Stat, error) {
	s, err := c.enter()
	if err != nil {
		return false, nil, err
	}
	defer s.requests.done()
	return s.conn.Exists(path)
}

func (c *client) ExistsW(path string) (bool, *zk.Stat, <-chan zk.Event, error) {
	s, err := c.enter()
	if err != nil {
		return false, nil, nil, err
	}
	defer s.requests.done()
	return s.conn.ExistsW(path)
}

func (c *client) Create(path string, data []byte, flags int32, acl []zk.ACL) (string, error) {
	s, err := c.enter()
	if err != nil {
		return "", err
	}
	defer s.requests.done()
	return s.conn.Create(path, data, flags, acl)
}

func (c *client) Set(path string, data []byte, version int32) (*zk.Stat, error) {
	s, err := c.enter()
	if err != nil {
		return nil, err
	}
	defer s.requests.done()
	return s.conn.Set(path, data, version)
}

func (c *client) Delete(path string, version int32) error {
	s, err := c.enter()
	if err != nil {
		return err
	}
	defer s.requests.done()
	return s.conn.Delete(path, version)
}

func (c *client) Multi(ops ...any) ([]zk.MultiResponse, error) {
	s, err := c.enter()
	if err != nil {
		return nil, err
	}
	defer s.requests.done()
	return s.conn.Multi(ops...)
}

func (c *client) Sync(path string) (string, error) {
	s, err := c.enter()
	if err != nil {
		return "", err
	}
	defer s.requests.done()
	return s.conn.Sync(path)
}

func (c *client) NewLock(path string) ZookeeperLock {
	return &lock{zc: c.zc, dir: path}
}
