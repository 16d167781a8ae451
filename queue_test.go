package zookeeper

import (
	"sync"
	"testing"
)

// consume takes events as the event loop does, until it has n of them.
func consume(q *queue, n int) []event {
	var all []event
	for range q.ready {
		if all = append(all, q.take()...); len(all) >= n {
			return all
		}
	}
	return all
}

// TestQueueNeverBlocksAndNeverDrops: a burst far beyond any channel, with nobody to take it.
func TestQueueNeverBlocksAndNeverDrops(t *testing.T) {
	const burst = 100_000
	q := newQueue()
	for i := range burst {
		q.put(event{kind: eventKind(i)})
	}
	for i, ev := range consume(q, burst) {
		if int(ev.kind) != i {
			t.Fatalf("event %d came as number %d", ev.kind, i)
		}
	}
	if left := q.take(); len(left) != 0 {
		t.Errorf("%d events too many", len(left))
	}
}

func TestQueueIsReadyWhileEventsWait(t *testing.T) {
	q := newQueue()
	ready := func() bool {
		select {
		case <-q.ready:
			return true
		default:
			return false
		}
	}
	if ready() || len(q.take()) != 0 {
		t.Error("a new queue has events")
	}
	for range 3 {
		q.put(event{})
		q.put(event{})
		if !ready() {
			t.Error("not ready with events waiting")
		}
		if ready() {
			t.Error("ready twice")
		}
		if n := len(q.take()); n != 2 {
			t.Errorf("took %d events, want 2", n)
		}
	}
}

// TestQueueWithManySenders: while the loop takes, no event is lost or late, and those of one sender stay in order.
func TestQueueWithManySenders(t *testing.T) {
	const senders, each = 8, 2000
	q := newQueue()
	sources := make([]*session, senders)
	var all sync.WaitGroup
	for i := range sources {
		sources[i] = new(session)
		all.Go(func() {
			for n := range each {
				q.put(event{session: sources[i], kind: eventKind(n)})
			}
		})
	}
	next := make(map[*session]eventKind)
	for _, ev := range consume(q, senders*each) {
		if ev.kind != next[ev.session] {
			t.Fatalf("event %d of a sender came in the place of %d", ev.kind, next[ev.session])
		}
		next[ev.session]++
	}
	all.Wait()
	if left := q.take(); len(left) != 0 {
		t.Errorf("%d events too many", len(left))
	}
}
