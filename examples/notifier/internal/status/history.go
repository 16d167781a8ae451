package status

import (
	"slices"
	"sync"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Span is a stretch of time. One that goes on has no end.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

// Term is how long somebody led, as it was seen from here.
type Term struct {
	Leader string `json:"leader"` // "" while nobody led
	Term   int64  `json:"term,omitempty"`
	Span
}

// Outage is one incident.
type Outage struct {
	Incident string `json:"incident"`
	Target   string `json:"target"`
	Reason   string `json:"reason"`
	Span
}

// History is what an instance has seen since it began. It is kept in memory, and the oldest is forgotten.
type History struct {
	mu      sync.Mutex
	began   time.Time
	terms   []Term
	blind   []Span // when it had no session, and saw nothing
	outages []Outage
}

// kept is how many spans of a kind are remembered.
const kept = 500

// NewHistory begins one, blind as yet.
func NewHistory() *History {
	now := time.Now()
	return &History{began: now, blind: []Span{{From: now}}}
}

// led says who leads from now on.
func (h *History) led(now time.Time, info zookeeper.LeaderInfo) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := end(h.terms); last != nil {
		if last.Term == info.Term {
			last.Leader = info.ID
			return
		}
		last.Until = now
	}
	h.terms = latest(append(h.terms, Term{Leader: info.ID, Term: info.Term, Span: Span{From: now}}))
}

// saw says that there is a session from now on.
func (h *History) saw(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := end(h.blind); last != nil && last.Until.IsZero() {
		last.Until = now
	}
}

// sawNothing says that there is none from now on.
func (h *History) sawNothing(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := end(h.blind); last == nil || !last.Until.IsZero() {
		h.blind = latest(append(h.blind, Span{From: now}))
	}
}

// down says which incidents there are now. One that was known and is gone has ended, if nothing said when before, now.
func (h *History) down(now time.Time, incidents []uptime.Incident) {
	h.mu.Lock()
	defer h.mu.Unlock()
	there := make(map[string]bool)
	for _, i := range incidents {
		there[i.ID] = true
		at := slices.IndexFunc(h.outages, func(o Outage) bool { return o.Incident == i.ID })
		if at < 0 {
			at = len(h.outages)
			h.outages = append(h.outages, Outage{Incident: i.ID, Target: i.Target, Reason: i.Reason, Span: Span{From: i.Since}})
		}
		h.outages[at].Until = i.Until
	}
	for i := range h.outages {
		if o := &h.outages[i]; o.Until.IsZero() && !there[o.Incident] {
			o.Until = now
		}
	}
	h.outages = latest(h.outages)
}

// copied returns what is known.
func (h *History) copied() (began time.Time, terms []Term, blind []Span, outages []Outage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.began, append([]Term{}, h.terms...), append([]Span{}, h.blind...), append([]Outage{}, h.outages...)
}

func end[T any](spans []T) *T {
	if len(spans) == 0 {
		return nil
	}
	return &spans[len(spans)-1]
}

func latest[T any](spans []T) []T {
	if n := len(spans) - kept; n > 0 {
		return slices.Delete(spans, 0, n)
	}
	return spans
}
