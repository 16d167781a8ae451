package realzk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// ErrNoQuorum says that no majority of the servers serves under one leader.
var ErrNoQuorum = errors.New("no quorum")

// Leader is the server that leads the majority. A leader that was cut off goes on saying that it leads for up to
// syncLimit ticks; it is not meant.
func (e *Ensemble) Leader() (int, error) {
	v := e.look()
	if v.leader < 0 || v.serving <= members/2 {
		return 0, fmt.Errorf("%w: %s", ErrNoQuorum, v)
	}
	return v.leader, nil
}

// WaitQuorum waits until a majority of the servers serves under one leader, and returns that.
func (e *Ensemble) WaitQuorum(ctx context.Context) (leader int, err error) {
	err = e.wait(ctx, func(v view) bool { return v.leader >= 0 && v.serving > members/2 }, &leader)
	return leader, err
}

// WaitAll waits until all servers serve under one leader.
func (e *Ensemble) WaitAll(ctx context.Context) error {
	var leader int
	return e.wait(ctx, func(v view) bool { return v.leader >= 0 && v.leaders == 1 && v.serving == members }, &leader)
}

func (e *Ensemble) wait(ctx context.Context, enough func(view) bool, leader *int) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		v := e.look()
		if enough(v) {
			*leader = v.leader
			return nil
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %s: %w", ErrNoQuorum, v, context.Cause(ctx))
		}
	}
}

// view is what the servers that are in touch with each other say of themselves.
type view struct {
	modes   [members]string // "leader", "follower", or why not
	leader  int             // -1: none
	leaders int             // a leader that slept for long is one until it hears of the next
	serving int
}

func (v view) String() string { return fmt.Sprintf("servers are %q", v.modes) }

// lookLimit is how long a server may take to answer. A busy machine has been seen to take a third of a second.
const lookLimit = time.Second

// look asks all servers at once, so that one that is frozen does not hold up the others.
func (e *Ensemble) look() view {
	var answers [members]string
	var errs [members]error
	var asking sync.WaitGroup
	for i, srv := range e.servers {
		if !e.inTouch(i) {
			errs[i] = errOutOfTouch
			continue
		}
		asking.Go(func() { answers[i], errs[i] = fourLetter(srv.Addr(), "srvr", lookLimit) })
	}
	asking.Wait()

	v := view{leader: -1}
	var newest uint64
	for i, stat := range answers {
		mode, serves := srvrField(stat, "Mode")
		switch {
		case errs[i] != nil:
			v.modes[i] = errs[i].Error()
			continue
		case !serves:
			v.modes[i] = "not serving"
			continue
		}
		v.modes[i] = mode
		v.serving++
		if mode != "leader" {
			continue
		}
		v.leaders++
		if zxid := lastZxid(stat); v.leader < 0 || zxid > newest {
			v.leader, newest = i, zxid
		}
	}
	return v
}

var errOutOfTouch = errors.New("stopped or cut off")

// lastZxid is the last transaction in srvr's answer. A newer leader's is higher: its upper half is the epoch.
func lastZxid(srvr string) uint64 {
	field, _ := srvrField(srvr, "Zxid")
	zxid, _ := strconv.ParseUint(field, 0, 64) // 0 if it is none: then any other is newer
	return zxid
}
