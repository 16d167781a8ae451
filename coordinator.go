package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"burrow.example/zookeeper/internal/hosts"
	"burrow.example/zookeeper/internal/zaplog"
)

// Coordinator keeps one ZooKeeper session for a whole application, and a new one when that is lost. Set the exported
// fields, then call Configure, Start and at the end Stop; or just Run.
//
// It connects in the background and runs one event loop, the only place where the state changes. All methods may be
// called from any goroutine.
type Coordinator struct {
	App    *ApplicationContext // allocated by Configure if nil
	Log    *zap.Logger         // a no-op logger if nil
	Config Config              // read by Configure; what changes later has no effect

	mu      sync.Mutex // of phase and the channels below it; nobody waits for anything while holding it
	phase   phase
	failed  chan struct{} // closed when nothing is left of a Start that failed
	stopped chan struct{} // closed when Stop is done; nil before it is called
	stopErr error
	config  *Config // Config with its defaults
	log     *zap.Logger
	library *zaplog.Logger
	hosts   *hosts.Hosts
	chance  rand.Source // of the order of the servers; set by tests that must repeat
	buffer  int         // the longest answer taken, if not 0; set by tests to which go-zk's megabytes matter
	queue   *queue
	tally   tally
	pulse   pulse
	session *session      // owned by the event loop; the live one, or the one that is being established
	alarm   *time.Timer   // owned by the event loop; for what is due if nothing else happens in this state
	halted  chan struct{} // closed when the event loop is gone
	tasks   *group        // every other goroutine of the coordinator
	work    *group        // what runs under Lead
}

// Format prints the Config, as that does: everything else changes meanwhile, and leads to the credentials.
func (zc *Coordinator) Format(f fmt.State, verb rune) {
	io.WriteString(f, "zookeeper.Coordinator{Config:")
	zc.Config.Format(f, verb)
	io.WriteString(f, "}")
}

// phase is how far an application has come with a Coordinator.
type phase int

const (
	created phase = iota
	configured
	running
	failing // Start has failed, and what it started is being stopped
	stopped
)

// Configure checks Config, sets up App and connects nothing. As Burrow's contract demands it panics if something is
// wrong, with an error that lists everything wrong (see Config.Validate). Run returns that error instead.
func (zc *Coordinator) Configure() {
	if err := zc.configure(); err != nil {
		panic(err)
	}
}

func (zc *Coordinator) configure() error {
	zc.mu.Lock()
	defer zc.mu.Unlock()
	switch zc.phase {
	case running, failing:
		return ErrStarted
	case stopped:
		return ErrStopped
	}
	if err := zc.Config.Validate(); err != nil {
		return err
	}
	config := zc.Config.withDefaults()
	zc.config = &config
	if zc.App == nil {
		zc.App = new(ApplicationContext)
	}
	zc.log = zc.Log
	if zc.log == nil {
		zc.log = zap.NewNop()
	}
	zc.App.ZookeeperRoot = zc.config.RootPath
	if zc.App.ZookeeperExpired == nil {
		zc.App.ZookeeperExpired = sync.NewCond(new(sync.Mutex))
	}
	zc.hosts = hosts.New(zc.config.Servers)
	if zc.chance != nil {
		zc.hosts = hosts.Seeded(zc.config.Servers, zc.chance)
	}
	zc.library = zaplog.New(zc.log, zc.hosts.Errors)
	zc.queue = newQueue()
	zc.tasks, zc.work = newGroup(), newGroup()
	zc.prepare()
	zc.App.coordinator.Store(zc)
	return nil
}

// prepare makes everything ready for a Start, the first or one after a failure. It assumes zc.mu.
func (zc *Coordinator) prepare() {
	zc.tasks.open()
	zc.work.open()
	zc.halted = make(chan struct{})
	zc.pulse.answer() // what the last event loop was asked, this one does not owe
	if old := zc.App.current.Swap(newStatus()); old != nil {
		close(old.changed) // whoever waits already waits for the Start to come
	}
	zc.phase = configured
}

// Start connects, and returns when there is a session and the root path exists. If that takes longer than
// Config.ConnectTimeout it fails with ErrConnectTimeout, naming each server and what went wrong with it; it fails at
// once if ZooKeeper refuses the root path (zk.ErrNoAuth if the application may neither create nor list nodes in it,
// zk.ErrInvalidACL, ...), with ErrStopped if Stop is called meanwhile, and with
// ErrNotStarted if Configure was not called. After a failure nothing is left running, and Start may be called again.
func (zc *Coordinator) Start() error { return zc.start(context.Background()) }

func (zc *Coordinator) start(ctx context.Context) error {
	zc.mu.Lock()
	switch zc.phase {
	case created:
		zc.mu.Unlock()
		return fmt.Errorf("%w: Configure comes first", ErrNotStarted)
	case running, failing:
		zc.mu.Unlock()
		return ErrStarted
	case stopped:
		zc.mu.Unlock()
		return ErrStopped
	}
	zc.log.Info("starting", zap.Strings("servers", zc.config.Servers), zap.String("root", zc.config.RootPath))
	zc.session = zc.open()
	zc.App.Zookeeper = &client{zc: zc}
	zc.phase = running
	zc.mu.Unlock()
	go zc.loop() // ends with the stop event; halt waits for it

	err := zc.ready(ctx)
	if err == nil {
		return nil
	}
	zc.mu.Lock()
	if zc.phase == stopped {
		zc.mu.Unlock()
		return ErrStopped
	}
	zc.phase, zc.failed = failing, make(chan struct{})
	zc.mu.Unlock()
	zc.halt(false)
	zc.mu.Lock()
	defer zc.mu.Unlock()
	close(zc.failed)
	if zc.phase == stopped {
		return ErrStopped
	}
	zc.prepare()
	return err
}

// ready waits for the first session, and has it make sure of the root path.
func (zc *Coordinator) ready(ctx context.Context) error {
	if limit := zc.config.ConnectTimeout; limit >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, ErrConnectTimeout)
		defer cancel()
	}
	for {
		st, err := zc.live(ctx)
		if err == nil {
			err = st.session.ensure(ctx, zc.config.RootPath)
			if err == nil {
				err = st.session.admitted(ctx, zc.config.RootPath)
			}
			if broken(err) || errors.Is(err, ErrSessionExpired) {
				continue
			}
		}
		switch {
		case err == nil || errors.Is(err, ErrStopped):
			return err
		case errors.Is(err, ErrConnectTimeout):
			return &connectError{
				message: fmt.Sprintf("%v of %v: %s", ErrConnectTimeout, zc.config.ConnectTimeout, zc.hosts.Errors()),
				causes:  zc.hosts.LastErrors(),
			}
		case ctx.Err() != nil:
			return err
		}
		return fmt.Errorf("zookeeper: root path %q: %w", zc.config.RootPath, err)
	}
}

// Stop ends every session context and leadership (ErrStopped), waits up to Config.DrainTimeout for the work that runs
// under Lead, and closes the session, which releases every lock: a successor starts within milliseconds. It returns
// when no goroutine of the library is left. If work has not returned in time it fails with ErrDrainTimeout, and the
// session is left to expire on the server, so that a successor does not start beside that work at once.
//
// Stop may be called before Start, again, and by several goroutines, who all wait. A stopped Coordinator stays so.
func (zc *Coordinator) Stop() error {
	zc.mu.Lock()
	was, first := zc.phase, zc.stopped == nil
	if first {
		zc.phase, zc.stopped = stopped, make(chan struct{})
	}
	zc.mu.Unlock()
	if first {
		zc.stopErr = zc.stop(was)
		close(zc.stopped)
	}
	<-zc.stopped
	return zc.stopErr
}

func (zc *Coordinator) stop(was phase) error {
	switch was {
	case configured:
		zc.enter(Stopped, event{kind: stop})
	case failing:
		<-zc.failed
	case running:
		return zc.halt(true)
	}
	return nil
}

// halt stops everything that runs. Politely, the session is ended on the server.
func (zc *Coordinator) halt(politely bool) error {
	zc.queue.put(event{kind: stop})
	<-zc.halted
	var err error
	select {
	case <-zc.work.close():
	case <-time.After(zc.config.DrainTimeout):
		err = fmt.Errorf("%w of %v", ErrDrainTimeout, zc.config.DrainTimeout)
		zc.log.Error("work is still running, the session is left to expire", zap.Error(err))
	}
	zc.session.close(politely && err == nil)
	<-zc.tasks.close()
	return err
}

// Run configures unless that is done, starts, waits for ctx to end, and stops: a Coordinator's whole life in one call.
// It returns what Configure would panic with, or Start's error, or Stop's; nil if ctx ended and all went well.
func (zc *Coordinator) Run(ctx context.Context) error {
	zc.mu.Lock()
	configured := zc.phase != created
	zc.mu.Unlock()
	if !configured {
		if err := zc.configure(); err != nil {
			return err
		}
	}
	if err := zc.start(ctx); err != nil {
		if ctx.Err() != nil {
			return zc.Stop()
		}
		return err
	}
	select {
	case <-ctx.Done():
	case <-zc.halted: // somebody called Stop
	}
	return zc.Stop()
}

// Health returns nil while the session is connected, and otherwise an error that says why it is not: ErrNotStarted,
// ErrNotConnected, ErrSessionExpired or ErrStopped to errors.Is.
func (zc *Coordinator) Health() error {
	zc.mu.Lock()
	was, app := zc.phase, zc.App
	zc.mu.Unlock()
	if was == created || was == configured {
		return ErrNotStarted
	}
	if app == nil {
		return ErrStopped // before it was configured
	}
	st := app.current.Load()
	since := time.Since(st.since).Round(time.Millisecond)
	switch st.state {
	case Connected:
		return nil
	case Stopped:
		return ErrStopped
	case Expired:
		return fmt.Errorf("%w (%v ago), no new session yet: %s", st.cause, since, zc.hosts.Errors())
	}
	return fmt.Errorf("%w for %v: %s", ErrNotConnected, since, zc.hosts.Errors())
}
