package zookeeper

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/dial"
)

// What ended a session. Every one of them is ErrSessionExpired to errors.Is; the application finds it as the
// context.Cause of a session context or of a Leadership's context.
var (
	// ErrSessionExpired says that the server declared the session expired, and nothing more is known.
	ErrSessionExpired = errors.New("zookeeper: session expired")
	// ErrTrustLapsed says that no committed transaction proved the session in time, while a lock was held. The
	// server may not have expired it yet; it is given up before the server can.
	ErrTrustLapsed = fmt.Errorf("%w: trust lapsed", ErrSessionExpired)
	// ErrSuspended says that there was no connection for the whole session timeout.
	ErrSuspended = fmt.Errorf("%w: no connection for the session timeout", ErrSessionExpired)
)

// What else ends a leadership, or refuses a call.
var (
	// ErrLockDeleted says that somebody else deleted the lock node.
	ErrLockDeleted = errors.New("zookeeper: lock node deleted")
	// ErrResigned says that the leader gave up on its own.
	ErrResigned = errors.New("zookeeper: resigned")
	// ErrStopped says that the coordinator was stopped.
	ErrStopped = errors.New("zookeeper: coordinator stopped")
	// ErrNotStarted says that the coordinator has not been configured, or not been started.
	ErrNotStarted = errors.New("zookeeper: coordinator not started")
	// ErrStarted says that the coordinator is running already.
	ErrStarted = errors.New("zookeeper: coordinator started already")
	// ErrNotConnected says, in Health, that there is no connection to any server.
	ErrNotConnected = errors.New("zookeeper: not connected")
	// ErrConnectTimeout says that Start could not get ready within Config.ConnectTimeout.
	ErrConnectTimeout = errors.New("zookeeper: not ready within the connect timeout")
	// ErrClientCertificate says that a server wants a client certificate, and Config.TLS has none, or none that the
	// server accepts.
	ErrClientCertificate = dial.ErrClientCertificate
	// ErrDrainTimeout says that work under Lead did not return within Config.DrainTimeout. The session was left to
	// expire, so that nobody takes over before that.
	ErrDrainTimeout = errors.New("zookeeper: work did not return within the drain timeout")
	// ErrNotLeader says that a Guard was refused because the term is over.
	ErrNotLeader = errors.New("zookeeper: not the leader")
	// ErrNoLeader says that nobody contends for a name.
	ErrNoLeader = errors.New("zookeeper: no leader")
	// ErrTooManyLocks says that the paths of this session's lock nodes, held or waiting, add up to a megabyte. More could
	// make a ZooKeeper server unable to restart; see docs/scale.md.
	ErrTooManyLocks = errors.New("zookeeper: too many locks in one session")
	// ErrConfig is what every problem that Validate finds is.
	ErrConfig = errors.New("zookeeper: configuration")
)

// Of locks. These are go-zookeeper's own, so that code written for its Lock recognises them.
var (
	// ErrNotLocked is returned by Unlock if the lock is not held.
	ErrNotLocked = zk.ErrNotLocked
	// ErrDeadlock is returned by Lock if this very lock is held, or being acquired, already.
	ErrDeadlock = zk.ErrDeadlock
)

// connectError is what Start returns when no session, or no root path, was to be had in time.
type connectError struct {
	message string
	causes  []error
}

func (e *connectError) Error() string { return e.message }

func (e *connectError) Unwrap() []error { return append([]error{ErrConnectTimeout}, e.causes...) }
