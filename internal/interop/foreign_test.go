package interop

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// TestForeignNodes has nodes beside the contenders' that are not contenders. They stop neither ours nor the peers that
// are in the contest; go-zookeeper's Lock is not, as it fails on the first of them.
func TestForeignNodes(t *testing.T) {
	// Curator sorts by what follows the last "lock-", or else by the whole name, and waits behind whatever comes first.
	harmless := []string{"junk", "_c_", "_c_x", "lock", "members", "x-lock-latest", "_c_x-lock-y", "~", "žluťoučký"}
	// Those that would stop Curator as well. A name that ends in "-lock-" and digits is a contender to everyone.
	nasty := append([]string{"lock-", "_c_-lock-", "0", "0000000000", "-1", "-lock-x0", "x-lock-0x", "_c_x-lock-1 "}, harmless...)
	for _, test := range []struct {
		name  string
		nodes []string
		join  func(*contest)
		peers []string
	}{
		{"kazoo and ours", nasty, func(c *contest) { c.kazoo(theLock, ourPattern) }, []string{kazooKind}},
		{"Curator and ours", harmless, func(c *contest) { c.curator(2, theLock) }, []string{curatorKind}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newContest(t)
			c.create(c.path(theLock))
			for _, name := range test.nodes {
				c.create(c.path(theLock + "/" + name))
			}
			c.join("guests", func() error { return nil }, c.guests)
			test.join(c)
			c.instances(1)
			c.until(exchanged(100, ourKinds, test.peers))
			if err := c.finish(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// guests has foreign nodes come and go among the contenders, each taking a sequence number out of the same series.
func (c *contest) guests(ctx context.Context) error {
	for ctx.Err() == nil {
		node, err := c.onlooker.Create(c.path(theLock+"/guest-"), nil, zk.FlagEphemeralSequential, zk.WorldACL(zk.PermAll))
		if err != nil {
			return err
		}
		c.rest(ctx, 0)
		if err := c.onlooker.Delete(node, -1); err != nil {
			return err
		}
	}
	return nil
}

// TestLockNodeRemoved removes the lock's own node whenever it is empty, as the server does where Curator came first: it
// makes the node a container.
func TestLockNodeRemoved(t *testing.T) {
	const removals = 50
	c := newContest(t)
	c.pause = 60 * time.Millisecond // so that there is a moment without contenders
	removed := make(chan struct{}, removals)
	c.join("remover", func() error { return nil }, func(ctx context.Context) error {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			err := c.onlooker.Delete(c.path(theLock), -1)
			switch {
			case err == nil:
				select {
				case removed <- struct{}{}:
				default:
				}
			case !errors.Is(err, zk.ErrNotEmpty) && !errors.Is(err, zk.ErrNoNode):
				return err
			}
			<-tick.C
		}
		return nil
	})
	c.curator(2, theLock)
	c.instances(1)
	c.until(all(exchanged(60, ourKinds, []string{curatorKind}), func([]visit) string {
		if len(removed) < removals {
			return "the lock's node was removed too seldom"
		}
		return ""
	}))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the lock's node was removed %d times or more", len(removed))
}
