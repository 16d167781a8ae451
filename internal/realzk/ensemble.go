package realzk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// members is the size of an ensemble: the smallest that has a majority to lose.
const members = 3

// Ensemble is three real servers whose quorum and election ports are reached through proxies, so that any of them
// can be cut off from the others. Servers are named by their index, 0 to 2. The servers are always processes or
// containers of its own, whatever ZOOKEEPER_SERVERS and ZOOKEEPER_VIA=servers say.
type Ensemble struct {
	servers []*Server
	links   peerLinks

	mu       sync.Mutex
	isolated [members]bool
	running  [members]bool
}

// StartEnsemble brings up an ensemble and returns once all servers serve. The caller ends it with Close.
// The error is [ErrUnavailable] if this machine has no ZooKeeper.
func StartEnsemble(opts ...Option) (*Ensemble, error) {
	s := newSettings(opts)
	w, err := findWay(s.via, false)
	if err != nil {
		return nil, err
	}
	e, err := newEnsemble(w, s)
	if err == nil {
		err = e.startAll()
	}
	if err != nil {
		return nil, fmt.Errorf("ensemble: %w", errors.Join(err, e.Close()))
	}
	return e, nil
}

// RunEnsemble gives the test an ensemble of its own, which ends with the test. Where there is no ZooKeeper the
// test is skipped, or failed if ZOOKEEPER_REQUIRED=1.
func RunEnsemble(tb TB, opts ...Option) *Ensemble {
	tb.Helper()
	e, err := StartEnsemble(opts...)
	if err != nil {
		giveUp(tb, err)
		return nil
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Logf("close the ensemble: %v", err)
		}
	})
	tb.Logf("%s", e)
	return e
}

func newEnsemble(w way, s settings) (*Ensemble, error) {
	e := &Ensemble{}
	if err := e.links.open(); err != nil {
		return e, err
	}
	for i := range members {
		own := s
		own.id = i + 1
		own.peers = e.links.config(i)
		srv, err := newServer(w, own)
		if err != nil {
			return e, err
		}
		e.servers = append(e.servers, srv)
	}
	return e, nil
}

func (e *Ensemble) startAll() error {
	for i := range e.servers {
		if err := e.StartAgain(i); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if err := e.WaitAll(ctx); err != nil {
		logs := make([]string, members)
		for i, srv := range e.servers {
			logs[i] = fmt.Sprintf("the end of the log of server %d:\n%s", i, srv.Log())
		}
		return fmt.Errorf("%w\n%s", err, strings.Join(logs, "\n"))
	}
	for _, srv := range e.servers {
		if err := srv.awaitServing(startLimit); err != nil { // for its version
			return err
		}
	}
	return nil
}

// Servers are the servers, to be asked; they are started and ended through the ensemble.
func (e *Ensemble) Servers() []*Server { return e.servers }

// String is the line that says which servers they are and how they were had.
func (e *Ensemble) String() string {
	addrs := make([]string, len(e.servers))
	for i, srv := range e.servers {
		addrs[i] = srv.Addr()
	}
	return fmt.Sprintf("zookeeper %s ensemble at %s (%s)", e.servers[0].Version(), strings.Join(addrs, ","), e.servers[0].How())
}

// IsolateServer cuts server i off from the others in silence, in both directions: what is under way between them
// is held, new connections find nobody. Clients still reach it.
func (e *Ensemble) IsolateServer(i int) { e.isolate(i, true) }

// HealServer ends what IsolateServer did; what was held flows on.
func (e *Ensemble) HealServer(i int) { e.isolate(i, false) }

func (e *Ensemble) isolate(i int, cut bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.isolated[i] = cut
	for j := range members {
		if j != i {
			e.links.cut(i, j, e.isolated[i] || e.isolated[j])
		}
	}
}

// Freeze stops server i in its tracks (SIGSTOP), see [Server.Freeze].
func (e *Ensemble) Freeze(i int) error { return e.servers[i].Freeze() }

// Thaw lets a frozen server go on.
func (e *Ensemble) Thaw(i int) error { return e.servers[i].Thaw() }

// Kill ends server i at once.
func (e *Ensemble) Kill(i int) error { return e.end(i, (*Server).Kill) }

// Stop ends server i in good order.
func (e *Ensemble) Stop(i int) error { return e.end(i, (*Server).Stop) }

func (e *Ensemble) end(i int, end func(*Server) error) error {
	if err := end(e.servers[i]); err != nil {
		return err
	}
	e.setRunning(i, false)
	return nil
}

// StartAgain starts server i and does not wait: alone it cannot serve. WaitQuorum and WaitAll wait.
func (e *Ensemble) StartAgain(i int) error {
	if err := e.servers[i].launch(); err != nil {
		return err
	}
	e.setRunning(i, true)
	return nil
}

func (e *Ensemble) setRunning(i int, running bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running[i] = running
}

// inTouch says whether server i runs and is not cut off.
func (e *Ensemble) inTouch(i int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running[i] && !e.isolated[i]
}

// Elect has the ensemble elect another leader: the one it has is stopped and, once there is another, started
// again. It returns the new one, with all servers serving. Leaders expire sessions on a grid that begins with
// their reign, so repetitions of a fault under one leader sample one phase of it.
func (e *Ensemble) Elect(ctx context.Context) (leader int, err error) {
	old, err := e.WaitQuorum(ctx)
	if err != nil {
		return 0, fmt.Errorf("elect: %w", err)
	}
	if err := e.Stop(old); err != nil {
		return 0, fmt.Errorf("elect: %w", err)
	}
	leader, waitErr := e.WaitQuorum(ctx)
	if err := errors.Join(waitErr, e.StartAgain(old)); err != nil {
		return 0, fmt.Errorf("elect: %w", err)
	}
	return leader, e.WaitAll(ctx)
}

// Close kills the servers and removes all that they left. It is idempotent.
func (e *Ensemble) Close() error {
	var errs [members]error
	var closing sync.WaitGroup
	for i, srv := range e.servers {
		closing.Go(func() { errs[i] = srv.Close() })
	}
	closing.Wait()
	e.links.close()
	return errors.Join(errs[:]...)
}

// pollEvery is how often a wait looks. One look asks every server.
const pollEvery = 20 * time.Millisecond
