package zktest

import (
	"slices"
	"time"
)

// Faults are the things that can go wrong with connections. A Server has them for all its connections, a
// Member for those of its clients, a Client for its own; where several apply, all of them do.
//
// A fault that lasts is ended by its opposite, or by Heal. One that strikes once returns a channel which is
// closed when it has struck. All methods may be called from any goroutine and never block.
type Faults struct {
	s *Server

	cut, frozen, muted bool
	delay              time.Duration
	losing             map[Op][]chan struct{}
	failing            map[Op][]failure
	requests           map[Op]int
}

type failure struct {
	code Code
	done chan struct{}
}

// Cut lets nothing through in either direction, silently: what is sent waits, ends of connections included,
// until Heal. Attempts to connect wait as well; over TCP, where the kernel accepts them, they get no answer.
func (f *Faults) Cut() { f.set(func() { f.cut = true }) }

// Mute makes the member read handshakes and never answer them. Connections that are established go on.
func (f *Faults) Mute() { f.set(func() { f.muted = true }) }

// Unmute ends Mute for new connections. Those that have met with silence get nothing else.
func (f *Faults) Unmute() { f.set(func() { f.muted = false }) }

// Delay holds every answer and every watch event back for d. Zero ends it.
func (f *Faults) Delay(d time.Duration) { f.set(func() { f.delay = d }) }

// DropConnections closes the connections that exist. Their sessions live on.
func (f *Faults) DropConnections() {
	f.set(func() {
		for _, c := range f.conns() {
			c.close()
		}
	})
}

// ResetConnections aborts the connections that exist: what is on its way to the clients is lost, and they see
// an error.
func (f *Faults) ResetConnections() {
	f.set(func() {
		for _, c := range f.conns() {
			c.reset()
		}
	})
}

// LoseNextReply lets the next request of type op be executed, and then aborts the connection in the place of
// an answer, so the client cannot know. The channel is closed when that has happened. OpConnect loses the
// answer to a handshake: the session exists, and nobody has it.
func (f *Faults) LoseNextReply(op Op) <-chan struct{} {
	done := make(chan struct{})
	f.set(func() { f.losing[op] = append(f.losing[op], done) })
	return done
}

// FailNext answers the next request of type op with code and does not execute it. The channel is closed when
// that has happened. A handshake (OpConnect) is told that its session has expired if code is SessionExpired,
// and is refused a connection otherwise.
func (f *Faults) FailNext(op Op, code Code) <-chan struct{} {
	done := make(chan struct{})
	f.set(func() { f.failing[op] = append(f.failing[op], failure{code, done}) })
	return done
}

// Requests returns how many requests of type op have come in.
func (f *Faults) Requests(op Op) int {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.requests[op]
}

func (f *Faults) init(s *Server) {
	f.s = s
	f.losing, f.failing, f.requests = map[Op][]chan struct{}{}, map[Op][]failure{}, map[Op]int{}
}

// set changes faults and lets everything go on that is not held up any more.
func (f *Faults) set(change func()) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	change()
	f.s.settle()
}

// clear takes everything back that f has.
func (f *Faults) clear() {
	f.cut, f.frozen, f.muted, f.delay = false, false, false, 0
	clear(f.losing)
	clear(f.failing)
}

// conns returns the connections to which f applies.
func (f *Faults) conns() []*conn {
	var found []*conn
	for _, m := range f.s.members {
		for _, c := range m.conns {
			if slices.Contains(c.scopes, f) {
				found = append(found, c)
			}
		}
	}
	return found
}

func (c *conn) count(op Op) {
	for _, f := range c.scopes {
		f.requests[op]++
	}
}

func (c *conn) muteNow() bool {
	return slices.ContainsFunc(c.scopes, func(f *Faults) bool { return f.muted })
}

// takeLoss returns what to close once a reply to op has been lost, or nil if none is to be.
func (c *conn) takeLoss(op Op) chan struct{} {
	for _, f := range c.scopes {
		if waiting := f.losing[op]; len(waiting) > 0 {
			f.losing[op] = waiting[1:]
			return waiting[0]
		}
	}
	return nil
}

// takeFailure returns how a request of type op is to fail, if it is to.
func (c *conn) takeFailure(op Op) (failure, bool) {
	for _, f := range c.scopes {
		if waiting := f.failing[op]; len(waiting) > 0 {
			f.failing[op] = waiting[1:]
			return waiting[0], true
		}
	}
	return failure{}, false
}

// tamper lets the faults that wait for a request of this type have it.
func (c *conn) tamper(q *request) {
	if done := c.takeLoss(q.op); done != nil {
		q.lose, q.struck = true, append(q.struck, done)
	}
	if f, ok := c.takeFailure(q.op); ok {
		q.code, q.committed = f.code, true
		q.struck = append(q.struck, f.done)
	}
}

// tell lets those know who wait for the faults that the request has met with.
func (q *request) tell() {
	for _, done := range q.struck {
		close(done)
	}
	q.struck = nil
}
