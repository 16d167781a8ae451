package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Receiver is the webhook. It does what every receiver should: it remembers the idempotency keys that it has
// seen, and takes a key that comes again for the repetition that it is.
type Receiver struct {
	Teller *Teller
	Ledger *Ledger

	mu         sync.Mutex
	deliveries []Delivery
	byKey      map[string]int // index into deliveries
	before     func(uptime.Event)
	changed    chan struct{} // closed at the next delivery
}

// Delivery is an event as it first arrived.
type Delivery struct {
	At      time.Time
	Event   uptime.Event
	From    string // the instance that sent it
	Repeats int    // how often its key came again
}

// NewReceiver is a webhook that has heard of nothing yet.
func NewReceiver(teller *Teller, ledger *Ledger) *Receiver {
	return &Receiver{Teller: teller, Ledger: ledger, byKey: make(map[string]int), changed: make(chan struct{})}
}

// BeforeAnswer calls the function once, with the next event that is new, after it has been accepted and before
// the sender is told so: the moment at which a sender's death hurts most.
func (r *Receiver) BeforeAnswer(do func(uptime.Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = do
}

func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var event uptime.Event
	if err := json.NewDecoder(req.Body).Decode(&event); err != nil || req.Header.Get(uptime.HeaderKey) != event.Key() {
		http.Error(w, "not an event with its idempotency key", http.StatusBadRequest)
		return
	}
	from := req.Header.Get(uptime.HeaderInstance)
	record(r.Ledger, req, "POST "+string(event.Event))
	if before := r.accept(event, from); before != nil {
		before(event)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *Receiver) accept(event uptime.Event, from string) (before func(uptime.Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, seen := r.byKey[event.Key()]; seen {
		r.deliveries[i].Repeats++
		r.Teller.Say("webhook", "again  %s  from %s: the %s is known, dropped", event.Incident, from, event.Event)
		return nil
	}
	r.byKey[event.Key()] = len(r.deliveries)
	r.deliveries = append(r.deliveries, Delivery{At: time.Now(), Event: event, From: from})
	switch event.Event {
	case uptime.OpenEvent:
		r.Teller.Say("webhook", "OPEN   %s  from %s: %s", event.Incident, from, event.Reason)
	default:
		r.Teller.Say("webhook", "CLOSE  %s  from %s: was down for %s", event.Incident, from, seconds(event.Until.Sub(event.Since)))
	}
	close(r.changed)
	r.changed = make(chan struct{})
	before, r.before = r.before, nil
	return before
}

// Deliveries are the events so far, in order of arrival, repetitions counted.
func (r *Receiver) Deliveries() []Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Delivery(nil), r.deliveries...)
}

// Await waits for an event of the given kind that arrived after the given moment.
func (r *Receiver) Await(ctx context.Context, kind uptime.Kind, after time.Time) (Delivery, error) {
	for {
		r.mu.Lock()
		changed := r.changed
		for _, d := range r.deliveries {
			if d.Event.Event == kind && d.At.After(after) {
				r.mu.Unlock()
				return d, nil
			}
		}
		r.mu.Unlock()
		if err := wait(ctx, changed); err != nil {
			return Delivery{}, fmt.Errorf("the webhook heard of no %s: %w", kind, err)
		}
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
