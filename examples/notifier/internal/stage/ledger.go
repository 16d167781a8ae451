package stage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Action is something that a notifier did and that the outside world noticed.
type Action struct {
	At       time.Time
	Instance string
	Term     int64
	What     string // e.g. "GET", "POST open"
}

// Ledger writes down every action. Terms grow with every new leader, so an action with a lower term than an
// earlier one is an overlap: two instances took themselves for the leader.
type Ledger struct {
	mu       sync.Mutex
	count    int
	leaders  []Action // the first action of each term, in order
	last     Action
	overlaps []Action
	changed  chan struct{} // closed at the next action
}

// NewLedger is an empty ledger.
func NewLedger() *Ledger { return &Ledger{changed: make(chan struct{})} }

// Record writes down an action of the given instance under the given term, now.
func (l *Ledger) Record(instance string, term int64, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := Action{At: time.Now(), Instance: instance, Term: term, What: what}
	l.count++
	switch {
	case l.count == 1 || a.Term > l.last.Term:
		l.leaders = append(l.leaders, a)
		l.last = a
	case a.Term == l.last.Term && a.Instance == l.last.Instance:
		l.last = a
	default:
		l.overlaps = append(l.overlaps, a)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// Last is the latest action of the highest term: its instance leads, as far as the world can see.
func (l *Ledger) Last() Action {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Count is how many actions there were.
func (l *Ledger) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Leaders are the first actions of each term, in order.
func (l *Ledger) Leaders() []Action {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Action(nil), l.leaders...)
}

// Overlaps are the actions of instances that had been overtaken. There should be none.
func (l *Ledger) Overlaps() []Action {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Action(nil), l.overlaps...)
}

// Await waits for the first action of a term above the given one.
func (l *Ledger) Await(ctx context.Context, above int64) (Action, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		for _, a := range l.leaders {
			if a.Term > above {
				l.mu.Unlock()
				return a, nil
			}
		}
		l.mu.Unlock()
		if err := wait(ctx, changed); err != nil {
			return Action{}, fmt.Errorf("nobody took the lead: %w", err)
		}
	}
}

// AwaitMore waits until there have been so many more actions.
func (l *Ledger) AwaitMore(ctx context.Context, more int) error {
	target := l.Count() + more
	for {
		l.mu.Lock()
		changed, count := l.changed, l.count
		l.mu.Unlock()
		if count >= target {
			return nil
		}
		if err := wait(ctx, changed); err != nil {
			return fmt.Errorf("the leader does nothing: %w", err)
		}
	}
}

func wait(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errors.New("waited too long")
		}
		return ctx.Err()
	}
}
