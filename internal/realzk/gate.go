package realzk

import "sync"

// unlimited is the allowance of a gate that stands open.
const unlimited = -1

// gate lets bytes of one direction pass, all of them, none, or so many more. What it holds back is not lost:
// it passes, in order, once the gate opens, as TCP's retransmission would have it.
type gate struct {
	mu      sync.Mutex
	left    int // bytes that may still pass, or unlimited
	changed chan struct{}
}

func newGate() *gate { return &gate{left: unlimited, changed: make(chan struct{})} }

// allow sets how many more bytes may pass.
func (g *gate) allow(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = n
	close(g.changed)
	g.changed = make(chan struct{})
}

// take waits until at least one byte may pass and says how many of n may. It gives up when stop closes.
func (g *gate) take(n int, stop <-chan struct{}) (int, bool) {
	for {
		g.mu.Lock()
		changed := g.changed
		if g.left != 0 {
			if g.left != unlimited {
				n = min(n, g.left)
				g.left -= n
			}
			g.mu.Unlock()
			return n, true
		}
		g.mu.Unlock()
		select {
		case <-changed:
		case <-stop:
			return 0, false
		}
	}
}

// pass waits until the gate is not shut, and takes nothing: a FIN has no bytes.
func (g *gate) pass(stop <-chan struct{}) bool {
	_, ok := g.take(0, stop)
	return ok
}
