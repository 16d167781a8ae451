package instance

import (
	"context"
	"fmt"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
)

// burrow is the baseline: the loop that Burrow's modules run, over go-zookeeper's own lock. It has no fencing token
// and no deadline; it works from the moment Lock returns until the session is reported expired.
type burrow struct {
	settings  settings
	journal   *journal
	connected atomic.Bool
	expired   *sync.Cond
	term      atomic.Int64 // counts this instance's own turns
	running   atomic.Bool
}

func newBurrow(s settings, j *journal) *burrow {
	return &burrow{settings: s, journal: j, expired: sync.NewCond(new(sync.Mutex))}
}

func (b *burrow) run(ctx context.Context) error {
	conn, events, err := zk.Connect(b.settings.servers, b.settings.timeout,
		zk.WithDialer(newRoute(b.journal, b.settings.servers).dialTimeout), zk.WithLogger(clientLog{}))
	if err != nil {
		return err
	}
	connected := make(chan struct{})
	go b.follow(events, connected) // ends with the connection
	<-connected
	go b.contend(conn) // ends with the process
	<-ctx.Done()
	b.journal.note(Stopped, 0, "asked")
	b.running.Store(false)
	conn.Close()
	b.journal.note(Stopped, 0, "done")
	return nil
}

// follow keeps the flag and tells of expiry, as Burrow's coordinator does.
func (b *burrow) follow(events <-chan zk.Event, connected chan<- struct{}) {
	for event := range events {
		switch event.State {
		case zk.StateConnected:
			if !b.connected.Swap(true) {
				b.journal.note(Belief, 0, "connected")
			}
		case zk.StateHasSession:
			if connected != nil {
				close(connected)
				connected = nil
			}
		case zk.StateExpired:
			b.connected.Store(false)
			b.journal.note(Belief, 0, "session expired")
			b.expired.L.Lock()
			b.expired.Broadcast()
			b.expired.L.Unlock()
		}
	}
}

// contend takes the lock, works until the session expires, waits for the next one and gives the lock back; if that
// fails, it panics, as Burrow does.
func (b *burrow) contend(conn *zk.Conn) {
	const pause = 100 * time.Millisecond
	lock := zk.NewLock(conn, path.Join(b.settings.root, Name), zk.WorldACL(zk.PermAll))
	for {
		time.Sleep(pause)
		if err := lock.Lock(); err != nil {
			b.journal.note(Belief, 0, "no lock: "+err.Error())
			continue
		}
		b.running.Store(true)
		go b.work(b.term.Add(1)) // ends with running

		b.expired.L.Lock()
		b.expired.Wait()
		b.expired.L.Unlock()
		b.running.Store(false)

		for !b.connected.Load() {
			time.Sleep(pause)
		}
		if err := lock.Unlock(); err != nil {
			panic("cannot give the lock back: " + err.Error())
		}
	}
}

func (b *burrow) work(term int64) {
	b.journal.note(Started, term, "")
	for beat := time.NewTicker(Beat); b.running.Load(); <-beat.C {
		b.journal.note(Action, term, "")
	}
	b.journal.note(Ended, term, "told to")
}

// guard has nothing to guard with.
func (b *burrow) guard() { b.journal.note(Guarded, 0, "no such thing") }

type clientLog struct{}

func (clientLog) Printf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%d %s\n", Now().Nanoseconds(), fmt.Sprintf(format, args...))
}
