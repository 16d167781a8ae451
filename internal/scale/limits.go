package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/realzk"
)

// limits is one scene: what is too much. The server's jute.maxbuffer is small, so that little is.
type limits struct{ maxBuffer int }

func (l *limits) run(ctx context.Context) (*report, error) {
	r := &report{title: fmt.Sprintf("limits, with a jute.maxbuffer of %d bytes", l.maxBuffer)}
	pathLength := len("/limits/job-00000/") + lockName
	within := (l.maxBuffer - closing(0, 0)) / (4 + pathLength)
	beyond := 2*within + within/10
	for _, n := range []int{within, beyond} {
		again, err := l.endSession(ctx, n, n == within, r)
		if err != nil {
			return nil, err
		}
		if n == within {
			r.exactly(fmt.Sprintf("the server starts again (1) after a session with %d lock nodes", n), 1, again)
		} else {
			r.note("after a session with %d lock nodes, %.2f times jute.maxbuffer, the server starts again: %v",
				n, float64(closing(n, pathLength))/float64(l.maxBuffer), again == 1)
		}
	}
	return r, nil
}

// endSession has one coordinator hold so many locks and stop, and restarts the server, which then reads the transaction
// that ended the session. It returns 1 if it can.
func (l *limits) endSession(ctx context.Context, n int, list bool, r *report) (again int, err error) {
	real, err := realzk.Start(realzk.JVMFlags(fmt.Sprintf("-Djute.maxbuffer=%d", l.maxBuffer)))
	if err != nil {
		return 0, err
	}
	defer real.Close()
	members, err := startMembers(at(real), "/limits", 1, 20*time.Second)
	if err != nil {
		return 0, err
	}
	err = atATime(32, n, func(i int) error {
		_, err := members.all[0].App.Campaign(ctx, fmt.Sprintf("job-%05d", i))
		return err
	})
	if list && err == nil {
		err = l.listMany(ctx, members, r)
	}
	if err := errors.Join(err, members.stop()); err != nil {
		return 0, err
	}
	if err := real.Stop(); err != nil {
		return 0, err
	}
	err = real.StartAgain()
	if err == nil {
		return 1, nil
	}
	if strings.Contains(err.Error(), "nreasonable length") { // BinaryInputArchive in ZooKeeper
		return 0, nil
	}
	return 0, err
}

// listMany has a name with more candidates than fit into jute.maxbuffer, each from a session of its own as far as the
// server can tell, and asks who leads.
func (l *limits) listMany(ctx context.Context, members *members, r *report) error {
	app := members.all[0].App
	dir := path.Join(app.ZookeeperRoot, "crowd")
	if _, err := app.Zookeeper.Create(dir, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		return err
	}
	candidates := l.maxBuffer / (4 + lockName) * 2
	prefix := path.Join(dir, "_c_00000000000000000000000000000000-lock-")
	nodes := make([]string, candidates)
	err := atATime(32, candidates, func(i int) (err error) {
		nodes[i], err = app.Zookeeper.Create(prefix, []byte("foreign"), zk.FlagSequence, zk.WorldACL(zk.PermAll))
		return err
	})
	if err != nil {
		return err
	}
	children, _, err := app.Zookeeper.Children(dir)
	if err != nil {
		return err
	}
	leader, err := app.Leader(ctx, "crowd")
	if err != nil || leader.ID != "foreign" {
		return fmt.Errorf("who leads among %d is %+v: %w", candidates, leader, err)
	}
	r.exactly("candidates listed where the listing is twice jute.maxbuffer", candidates, len(children))
	return nil
}
