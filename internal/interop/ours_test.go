package interop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"burrow.example/zookeeper"
)

// ourKinds are the ways into the queue that this library offers.
var ourKinds = []string{"Lock", "Campaign", "Lead"}

// instances brings in a number of coordinators, each with one contender of every kind of ours in its one session.
func (c *contest) instances(n int) {
	c.t.Helper()
	for i := range n {
		id := fmt.Sprintf("instance-%d", i+1)
		app, stop := c.coordinator(id)
		c.join(id, stop,
			func(ctx context.Context) error { return c.lock(ctx, app, "Lock", id) },
			func(ctx context.Context) error { return c.campaign(ctx, app, "Campaign", id) },
			func(ctx context.Context) error { return c.lead(ctx, app, "Lead", id) },
		)
	}
}

// leader brings in one coordinator that does nothing but Lead, under a kind of its own. When it leaves it does so as an
// instance that is shut down: while it leads, or in the queue.
func (c *contest) leader(kind, id string) *team {
	c.t.Helper()
	app, stop := c.coordinator(id)
	return c.join(id, stop, func(ctx context.Context) error {
		unhook := context.AfterFunc(ctx, func() { stop() })
		defer unhook()
		return c.lead(context.Background(), app, kind, id)
	})
}

func (c *contest) coordinator(id string) (app *zookeeper.ApplicationContext, stop func() error) {
	c.t.Helper()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{
		Servers: []string{c.server}, RootPath: c.root, SessionTimeout: sessionTimeout, ID: id,
	}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		c.t.Fatal(err)
	}
	return zc.App, zc.Stop
}

// lock contends as Burrow's modules do.
func (c *contest) lock(ctx context.Context, app *zookeeper.ApplicationContext, kind, who string) error {
	l := app.Zookeeper.NewLock(c.path(theLock))
	for ctx.Err() == nil {
		begun := time.Now()
		if err := l.Lock(); err != nil {
			return err
		}
		waited := time.Since(begun)
		if err := errors.Join(c.visit(kind, who), l.Unlock()); err != nil {
			return err
		}
		c.rest(ctx, waited)
	}
	return nil
}

func (c *contest) campaign(ctx context.Context, app *zookeeper.ApplicationContext, kind, who string) error {
	for {
		begun := time.Now()
		l, err := app.Campaign(ctx, theLock)
		if err != nil {
			return unlessOver(ctx, err)
		}
		waited := time.Since(begun)
		if err := errors.Join(c.term(l), c.visit(kind, who), l.Resign()); err != nil {
			return err
		}
		c.rest(ctx, waited)
	}
}

// lead returns nil when ctx ends or the coordinator is stopped.
func (c *contest) lead(ctx context.Context, app *zookeeper.ApplicationContext, kind, who string) error {
	for {
		begun, waited := time.Now(), time.Duration(0)
		err := app.Lead(ctx, theLock, func(l *zookeeper.Leadership) error {
			waited = time.Since(begun)
			return errors.Join(c.term(l), c.visit(kind, who))
		})
		if errors.Is(err, zookeeper.ErrStopped) && c.ctx.Err() == nil {
			return nil
		}
		if err != nil {
			return unlessOver(ctx, err)
		}
		c.rest(ctx, waited)
	}
}

// unlessOver returns the error of a call, unless it is that ctx has ended.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// terms remembers the last leader's term.
type terms struct {
	mu   sync.Mutex
	last int64
}

// term checks that a new leader may act, and that its term is later than that of all before it.
func (c *contest) term(l *zookeeper.Leadership) error {
	if !l.Valid() {
		return fmt.Errorf("term %d is not valid as it begins: %w", l.Term(), context.Cause(l.Context()))
	}
	c.terms.mu.Lock()
	defer c.terms.mu.Unlock()
	if l.Term() <= c.terms.last {
		return fmt.Errorf("term %d comes after term %d", l.Term(), c.terms.last)
	}
	c.terms.last = l.Term()
	return nil
}
