package zookeeper

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// ApplicationContext is what the rest of the application sees of the Coordinator. The exported fields are Burrow's.
// The methods may be called from any goroutine.
type ApplicationContext struct {
	// Zookeeper is the client that all modules share. It is set by Start.
	Zookeeper ZookeeperClient
	// ZookeeperRoot is the path below which modules create their nodes. It is set by Configure.
	ZookeeperRoot string
	// ZookeeperConnected tells whether the session is alive as far as is known. It is written only while
	// ZookeeperExpired.L is held; read it under that lock, or call Connected.
	ZookeeperConnected bool
	// ZookeeperExpired is broadcast when the session has expired, after ZookeeperConnected became false, and when the
	// coordinator stops. It is set by Configure. A bare Wait can miss an expiry that comes just before it. A loop over
	// ZookeeperConnected cannot, but may not see one after which there was a new session before the waiter had the
	// lock, as can happen to the last of thousands. Session misses neither.
	ZookeeperExpired *sync.Cond

	coordinator atomic.Pointer[Coordinator]
	current     atomic.Pointer[status] // nil before Configure
}

// Connected is ZookeeperConnected, read without a race and without a lock.
func (app *ApplicationContext) Connected() bool { return app.State().live() }

// State returns where the session stands: Disconnected before Configure, and Stopped for good after Stop. It does not block.
func (app *ApplicationContext) State() State {
	if st := app.current.Load(); st != nil {
		return st.state
	}
	return Disconnected
}

// Session waits for a live session and returns a context, derived from ctx, that ends with it. Its context.Cause is
// then ErrSessionExpired (which ErrTrustLapsed and ErrSuspended are as well), ErrStopped, or the cause of ctx; its Err
// is context.Canceled. A new session is always a new context, so no expiry goes unnoticed, however short.
//
// Session blocks until there is a session. It returns ctx's cause if ctx ends before, ErrStopped if the coordinator
// is or gets stopped, and ErrNotStarted before Configure.
func (app *ApplicationContext) Session(ctx context.Context) (context.Context, error) {
	zc := app.coordinator.Load()
	if zc == nil {
		return nil, ErrNotStarted
	}
	st, err := zc.live(ctx)
	if err != nil {
		return nil, err
	}
	derived, cancel := context.WithCancelCause(sessionContext{st.session.ctx, ctx})
	follow(ctx, derived, cancel)
	return derived, nil
}

// follow has derived end with ctx as well.
func follow(ctx, derived context.Context, cancel context.CancelCauseFunc) {
	if ctx.Done() == nil {
		return
	}
	unhook := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	context.AfterFunc(derived, func() { unhook() })
}

// sessionContext ends with the session and has everything else of the caller's context. Whoever derives from it is
// ended by the session in one loop, rather than by a goroutine each.
type sessionContext struct {
	context.Context // the session's
	caller          context.Context
}

func (c sessionContext) Deadline() (time.Time, bool) { return c.caller.Deadline() }

func (c sessionContext) Value(key any) any {
	if value := c.Context.Value(key); value != nil {
		return value // of package context itself: the session's context has no values
	}
	return c.caller.Value(key)
}

// live waits until the state is Connected, and returns the status that says so.
func (zc *Coordinator) live(ctx context.Context) (*status, error) {
	for {
		st := zc.App.current.Load()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case st.state == Stopped:
			return nil, ErrStopped
		case st.state == Connected:
			return st, nil
		}
		select {
		case <-st.changed:
		case <-ctx.Done():
		}
	}
}
