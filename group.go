package zookeeper

import "sync"

// group counts what is still running and can be closed: a sync.WaitGroup that late comers are refused by.
type group struct {
	mu     sync.Mutex
	n      int
	closed bool
	empty  chan struct{} // closed when closed and n is 0
}

func newGroup() *group { return new(group).open() }

// open lets comers in, again if the group was closed; it is empty then.
func (g *group) open() *group {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.empty = false, make(chan struct{})
	return g
}

// add reports whether there is room: false once the group is closed.
func (g *group) add() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.n++
	return true
}

func (g *group) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.closed {
		close(g.empty)
	}
}

// spawn runs f in a goroutine that the group waits for; it reports false, and does not, once the group is closed.
func (g *group) spawn(f func()) bool {
	if !g.add() {
		return false
	}
	go func() {
		defer g.done()
		f()
	}()
	return true
}

// close refuses all later comers and returns a channel that is closed when the last one is done.
func (g *group) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		if g.n == 0 {
			close(g.empty)
		}
	}
	return g.empty
}
