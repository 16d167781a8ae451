package interop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"
)

const gozkKind = "go-zk"

// gozk brings in contenders with go-zookeeper's own Lock, each with a session of its own.
func (c *contest) gozk(n int, name string) {
	c.t.Helper()
	for i := range n {
		c.gozkInstance(gozkKind, fmt.Sprintf("%s-%d", gozkKind, i+1), name)
	}
}

// gozkInstance brings in one contender with go-zookeeper's own Lock, which is what Burrow's instances had. When it
// leaves it does so as they did: it closes its session while it holds the lock.
func (c *contest) gozkInstance(kind, who, name string) *team {
	c.t.Helper()
	conn, hangUp := connect(c.t, c.server)
	disconnect := func() error { hangUp(); return nil }
	return c.join(who, disconnect, func(ctx context.Context) error {
		l := zk.NewLock(conn, c.path(name), zk.WorldACL(zk.PermAll))
		for {
			begun := time.Now()
			if err := l.Lock(); err != nil {
				return err
			}
			waited := time.Since(begun)
			if err := c.visit(kind, who); err != nil || ctx.Err() != nil {
				return err
			}
			if err := l.Unlock(); err != nil {
				return errors.Join(err, c.ctx.Err())
			}
			c.rest(ctx, waited)
		}
	})
}
