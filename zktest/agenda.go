package zktest

import (
	"container/heap"
	"sync"
	"time"
)

// agenda runs functions at their time, one after the other, those of the same instant in the order in which
// they were put down. One agenda serves a whole ensemble and its connections. Timers of their own would do the
// same, but under virtual time the runtime fires timers of one instant in random order, and no run could be
// repeated.
type agenda struct {
	begun time.Time
	timer *time.Timer
	ended chan struct{}

	mu      sync.Mutex
	events  eventHeap
	count   uint64
	running bool // an event; who adds one then need not set the timer
	closing bool // nothing is run at its time any more
	closed  bool // nothing is taken any more
}

// event is one entry. Its index is -1 once it has run or been cancelled.
type event struct {
	at    time.Time
	due   time.Duration // the same, since the agenda began
	order uint64
	index int
	run   func()
}

// newAgenda starts the agenda's goroutine, which ends with close.
func newAgenda() *agenda {
	a := &agenda{begun: time.Now(), timer: time.NewTimer(time.Hour), ended: make(chan struct{})}
	go a.loop()
	return a
}

func (a *agenda) loop() {
	defer close(a.ended)
	for range a.timer.C {
		if !a.fire() {
			return
		}
	}
}

// at runs f at the given time, on the agenda's goroutine, which holds no lock. It never blocks. A closed
// agenda takes nothing more and returns nil.
func (a *agenda) at(when time.Time, f func()) *event {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count++
	if a.closed {
		return nil
	}
	e := &event{at: when, due: when.Sub(a.begun), order: a.count, run: f, index: -1}
	heap.Push(&a.events, e)
	if e.index == 0 && !a.running && !a.closing {
		a.timer.Reset(time.Until(when))
	}
	return e
}

// cancel takes an event off again, if it has not run yet.
func (a *agenda) cancel(e *event) {
	if e == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.index >= 0 && e.index < len(a.events) {
		heap.Remove(&a.events, e.index)
	}
}

// fire runs what is due and sets the timer for what comes next. It returns false once the agenda is closed.
func (a *agenda) fire() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.events) > 0 && !a.closing {
		if wait := a.events[0].due - time.Since(a.begun); wait > 0 {
			a.timer.Reset(wait)
			return true
		}
		a.runFirst()
	}
	return !a.closing
}

// runFirst runs the first event without the mutex, which it needs and gives back.
func (a *agenda) runFirst() {
	first := heap.Pop(&a.events).(*event)
	a.running = true
	a.mu.Unlock()
	first.run()
	a.mu.Lock()
	a.running = false
}

// close ends the agenda and runs everything that is still down, at once and in order.
func (a *agenda) close() {
	a.mu.Lock()
	a.closing = true
	a.timer.Reset(0)
	a.mu.Unlock()
	<-a.ended
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.events) > 0 {
		a.runFirst()
	}
	a.closed = true
}

type eventHeap []*event

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}

func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *eventHeap) Push(x any) {
	e := x.(*event)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.index = -1
	return e
}
