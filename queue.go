package zookeeper

import "sync"

// queue carries events to the event loop. It never blocks the sender and never drops: the client library's own
// channel holds six events, watch events included, and loses the rest.
type queue struct {
	mu     sync.Mutex
	events []event
	ready  chan struct{} // has a token while events wait
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

func (q *queue) put(ev event) {
	q.mu.Lock()
	q.events = append(q.events, ev)
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) take() []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}
