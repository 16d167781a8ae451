// Package lease holds the trust that a session's locks are still ours, by time.
//
// Nothing that a client can read off its connection proves that its session is alive: a server that is cut off from
// its leader goes on answering pings and reads. Only a committed transaction does. A Lease sends such checks as long
// as there is something to prove, extends trust from the moment a check was *sent*, drops a connection that stays
// silent, and says so, once, when trust runs out.
package lease

import (
	"sync"
	"sync/atomic"
	"time"

	"burrow.example/zookeeper/internal/dial"
)

// Config is what a Lease needs of its session. No function may block, but for Prove.
type Config struct {
	Timeout time.Duration                 // the session timeout, until a link says what was negotiated
	Prove   func(node string) error       // one committed check that node exists; blocks until answered or failed
	Expired func(cause error)             // the server says that the session is over
	Lapsed  func()                        // trust ran out while a lock was held
	Kicked  func(dial.Link)               // a connection was dropped because it stayed silent
	RTT     func(roundtrip time.Duration) // an answered check took this long
	Narrow  func()                        // it found less than a quarter of the timeout left of the trust in a lock held
}

// Lease is the trust in one session. Its methods may be called from any goroutine; none blocks.
type Lease struct {
	config Config
	epoch  time.Time
	until  atomic.Int64 // trusted for this long after epoch

	changed chan struct{} // something below changed

	mu      sync.Mutex
	timeout time.Duration
	history history
	proved  time.Time // when the latest answered transaction was sent; zero: never
	renewed time.Time // when the leader renewed the session at the earliest, as that has shown
	over    bool      // trust ran out or the session did: nothing extends it any more
	link    dial.Link
	up      bool
	nodes   []*entry // what is checked, in turn
	index   map[string]*entry
	held    int
	turn    int
	sent    time.Time   // when the latest check was sent
	waiting bool        // for its answer
	alarm   *time.Timer // runs watch at the time watched, or earlier, while it does
	watched time.Time
	silence time.Time // when the first check on this link was sent that has had no answer since; zero: none
	resumed time.Time // when this process last found itself paused
	due     bool      // check at once, whatever the interval
}

type entry struct {
	node string
	held bool
	gone func()
	at   int
}

// New returns a Lease that trusts nothing yet. Run makes it work.
func New(config Config) *Lease {
	l := &Lease{
		config:  config,
		epoch:   time.Now(),
		changed: make(chan struct{}, 1),
		timeout: config.Timeout,
		index:   make(map[string]*entry),
	}
	l.until.Store(never)
	l.alarm = time.AfterFunc(idle, l.watch)
	l.alarm.Stop()
	return l
}

// Hold makes node one that the lease is about: it is proved every T/12, and when trust runs out, Lapsed is called.
// If a check finds the node missing, gone is called and the node forgotten. Hold refuses, and reports false, where
// there is no trust at this moment.
func (l *Lease) Hold(node string, gone func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || !l.Valid() {
		return false
	}
	e := l.enter(node, gone)
	if !e.held {
		e.held = true
		l.held++
	}
	if l.sent.Before(l.proved) {
		l.sent = l.proved // the transaction that was the anchor counts as a check
	}
	l.poke()
	return true
}

// Warm makes node one that is proved every T/8, so that trust is good when Hold is called. Nothing happens when it
// runs out before.
func (l *Lease) Warm(node string, gone func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.enter(node, gone)
	l.poke()
}

// enter assumes l.mu.
func (l *Lease) enter(node string, gone func()) *entry {
	e := l.index[node]
	if e == nil {
		e = &entry{node: node, at: len(l.nodes)}
		l.nodes = append(l.nodes, e)
		l.index[node] = e
	}
	e.gone = gone
	return e
}

// Held returns how many nodes are held.
func (l *Lease) Held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// Drop forgets a node.
func (l *Lease) Drop(node string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(l.index[node])
}

// drop assumes l.mu.
func (l *Lease) drop(e *entry) {
	if e == nil {
		return
	}
	last := l.nodes[len(l.nodes)-1]
	l.nodes[e.at], last.at = last, e.at
	l.nodes = l.nodes[:len(l.nodes)-1]
	delete(l.index, e.node)
	if e.held {
		l.held--
	}
	if len(l.nodes) == 0 && !l.waiting {
		l.silence = time.Time{} // nobody asks any more
	}
}

// Up says that requests can be sent on this link.
func (l *Lease) Up(link dial.Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attach(link)
	l.up, l.due, l.silence = true, true, time.Time{}
	if l.waiting {
		l.silence = l.sent // it may come through this link
	}
	l.poke()
}

// Down says that the link is lost.
func (l *Lease) Down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = false
	l.poke()
}

// poke has what is due done. It assumes l.mu.
func (l *Lease) poke() {
	if l.waiting {
		l.watched = time.Now()
		l.alarm.Reset(0)
		return
	}
	select {
	case l.changed <- struct{}{}:
	default:
	}
}
