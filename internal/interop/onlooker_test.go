package interop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// connect opens a session of go-zookeeper's own. hangUp ends it, and returns when none of its goroutines is left; it
// may be called again.
func connect(t *testing.T, server string) (conn *zk.Conn, hangUp func()) {
	t.Helper()
	conn, events, err := zk.Connect([]string{server}, sessionTimeout, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	hangUp = func() {
		conn.Close()
		for range events {
		}
	}
	limit := time.NewTimer(sessionTimeout)
	defer limit.Stop()
	for {
		select {
		case ev := <-events:
			if ev.State == zk.StateHasSession {
				return conn, hangUp
			}
		case <-limit.C:
			hangUp()
			t.Fatalf("no session at %s within %v", server, sessionTimeout)
		}
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// create makes a persistent node that nobody contends with.
func (c *contest) create(node string) {
	c.t.Helper()
	if _, err := c.onlooker.Create(node, nil, zk.FlagPersistent, zk.WorldACL(zk.PermAll)); err != nil {
		c.t.Fatalf("create %s: %v", node, err)
	}
}

// leftovers returns an error that names the contenders' nodes that are still there.
func (c *contest) leftovers() error {
	names, _, err := c.onlooker.Children(c.root)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		queue, _, err := c.onlooker.Children(c.path(name))
		if err != nil {
			return err
		}
		for _, node := range queue {
			_, stat, err := c.onlooker.Exists(path.Join(c.path(name), node))
			if err != nil {
				return err
			}
			if stat.EphemeralOwner != 0 {
				errs = append(errs, fmt.Errorf("%s/%s is left behind", name, node))
			}
		}
	}
	return errors.Join(errs...)
}

func (c *contest) removeAll(node string) error {
	children, _, err := c.onlooker.Children(node)
	if err != nil {
		return fmt.Errorf("list %s: %w", node, err)
	}
	for _, child := range children {
		if err := c.removeAll(path.Join(node, child)); err != nil {
			return err
		}
	}
	if err := c.onlooker.Delete(node, -1); err != nil && !errors.Is(err, zk.ErrNoNode) {
		return fmt.Errorf("delete %s: %w", node, err)
	}
	return nil
}

// randomly returns a duration up to most.
func randomly(most time.Duration) time.Duration { return rand.N(most + 1) }
