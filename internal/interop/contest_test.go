package interop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/realzk"
)

const (
	// deadline is for a whole contest. It needs seconds; on a machine with fifteen times the work it can do, a minute.
	deadline = 3 * time.Minute
	// wedged is how long nobody may come into the room, though everybody wants to.
	wedged = 20 * time.Second
	// sessionTimeout is the same for everyone, and long: on a loaded machine no session is to expire.
	sessionTimeout = 15 * time.Second
	// theLock is the name, below the contest's root, that everyone contends for.
	theLock = "notifier"
)

// contest is several teams of contenders for one lock on a real server.
type contest struct {
	t        *testing.T
	ctx      context.Context // ends at the deadline or with the test; whoever is still waiting then is cut off
	server   string
	root     string
	room     room
	pause    time.Duration // of each contender between two turns, at most; more if it waited longer for the first
	onlooker *zk.Conn
	teams    []*team
	since    int          // how many visits there were before this stage
	visits   atomic.Int64 // by the contenders of this process
	failed   chan error   // of those that should not have ended yet
	terms    terms
}

// team is some contenders of one kind that join and leave together.
type team struct {
	name   string
	leave  func()        // asks them to finish what they are at; may be called again
	done   chan struct{} // closed when they have left
	err    error         // after done: what went wrong
	visits int           // after done: of those in other processes
}

func newContest(t *testing.T) *contest {
	t.Helper()
	room, err := newRoom(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), deadline, fmt.Errorf("the deadline of %v", deadline))
	c := &contest{
		t: t, ctx: ctx, room: room, server: realzk.Shared(t).Addr(), root: "/interop-" + strings.ToLower(rand.Text()),
		pause: 8 * time.Millisecond, failed: make(chan error, 100),
	}
	onlooker, hangUp := connect(t, c.server)
	c.onlooker = onlooker
	t.Cleanup(func() {
		cancel()
		for _, tm := range c.teams {
			<-tm.done
		}
		if err := c.removeAll(c.root); err != nil {
			t.Errorf("clean up: %v", err)
		}
		hangUp()
	})
	c.create(c.root)
	return c
}

// path returns the path of a name below the contest's root.
func (c *contest) path(name string) string { return path.Join(c.root, name) }

// visit enters the room, for a contender of this process.
func (c *contest) visit(kind, who string) error {
	if err := c.room.visit(kind, who); err != nil {
		return err
	}
	c.visits.Add(1)
	return nil
}

// rest lets a contender pause before its next turn. The longer it waited for this one, the longer it may rest: so the
// order in the queue varies, however fast the machine is, and everyone comes after everyone else before long.
func (c *contest) rest(ctx context.Context, waited time.Duration) {
	timer := time.NewTimer(randomly(max(c.pause, waited)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// join brings in a team of this process. Each contender runs until its context ends, and then finishes what it is at.
// When they have, or else at the deadline, disconnect ends the team's sessions.
func (c *contest) join(name string, disconnect func() error, contenders ...func(context.Context) error) *team {
	ctx, leave := context.WithCancel(c.ctx)
	tm := &team{name: name, leave: leave, done: make(chan struct{})}
	c.teams = append(c.teams, tm)
	var running sync.WaitGroup
	errs := make([]error, len(contenders)+1)
	for i, contend := range contenders {
		running.Go(func() {
			if errs[i] = contend(ctx); errs[i] != nil {
				c.report(fmt.Errorf("%s: %w", name, errs[i]))
			}
		})
	}
	left := make(chan struct{})
	go func() { // ends with the contenders
		running.Wait()
		close(left)
	}()
	go func() { // ends when left is closed, which disconnect sees to; done tells
		defer close(tm.done)
		defer leave()
		select {
		case <-left:
		case <-c.ctx.Done():
		}
		errs[len(contenders)] = disconnect()
		<-left
		tm.err = errors.Join(errs...)
	}()
	return tm
}

// report ends the contest early.
func (c *contest) report(err error) {
	select {
	case c.failed <- err:
	default: // there are enough
	}
}

// until waits until a goal is reached in this stage of the contest, and begins the next.
func (c *contest) until(reached goal) {
	c.t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	begun := time.Now()
	for idle := (stall{since: begun}); ; {
		visits, err := c.room.visits()
		if err != nil {
			c.t.Fatal(err)
		}
		stage := visits[c.since:]
		idle.see(len(stage))
		so := func() string {
			return fmt.Sprintf("%d visits in %v, none for %v at the longest, hand-overs:\n%v", len(stage),
				time.Since(begun).Round(time.Millisecond), idle.longest.Round(time.Millisecond), count(stage))
		}
		missing := reached(stage)
		if missing == "" {
			c.t.Log(so())
			c.since = len(visits)
			return
		}
		if idle.longest > wedged {
			c.t.Fatalf("nobody gets the lock: %s\n%s", missing, so())
		}
		select {
		case <-poll.C:
		case err := <-c.failed:
			c.t.Fatalf("%v\n%s", err, so())
		case <-c.ctx.Done():
			c.t.Fatalf("%v is over: %s\n%s", context.Cause(c.ctx), missing, so())
		}
	}
}

// stall measures, by polling, the longest time in which nobody came into the room.
type stall struct {
	visits  int
	since   time.Time
	longest time.Duration
}

func (s *stall) see(visits int) {
	s.longest = max(s.longest, time.Since(s.since))
	if visits != s.visits {
		s.visits, s.since = visits, time.Now()
	}
}

// retire has a team leave, and waits until it has.
func (c *contest) retire(tm *team) {
	c.t.Helper()
	tm.leave()
	<-tm.done
	if tm.err != nil {
		c.t.Fatalf("%s: %v", tm.name, tm.err)
	}
}

// finish has everyone leave, and returns what the room and the server say about the contest.
func (c *contest) finish() error {
	for _, tm := range c.teams {
		tm.leave()
	}
	visits := 0
	var errs []error
	for _, tm := range c.teams {
		<-tm.done
		visits += tm.visits
		if tm.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", tm.name, tm.err))
		}
	}
	visits += int(c.visits.Load())
	return errors.Join(append(errs, c.room.verify(visits), c.leftovers())...)
}
