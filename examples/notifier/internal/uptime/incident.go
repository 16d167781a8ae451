package uptime

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Incident is one outage of one target, as its node in ZooKeeper holds it.
type Incident struct {
	ID     string    `json:"incident"`
	Target string    `json:"target"`
	URL    string    `json:"url"`
	Phase  Phase     `json:"phase"`
	Since  time.Time `json:"since"`  // the first failed check
	Reason string    `json:"reason"` // what the check that opened it said

	OpenedTerm int64     `json:"opened_term"`           // the leadership that recorded the outage
	ClosedTerm int64     `json:"closed_term,omitempty"` // the leadership that recorded its end
	Until      time.Time `json:"until,omitzero"`        // the first good check afterwards

	version int32 // of the node, which the next write must replace
}

// Phase says what has been recorded and what the webhook is known to have accepted.
type Phase string

const (
	Opening Phase = "opening" // recorded; the webhook may or may not have heard of it
	Open    Phase = "open"    // the webhook has accepted the open event
	Closing Phase = "closing" // the recovery is recorded; the webhook may or may not have heard of it
)

// Kind is what an event says: that an incident has opened or that it has closed.
type Kind string

const (
	OpenEvent  Kind = "open"
	CloseEvent Kind = "close"
)

// Event is the body of a delivery. All of it comes from the incident's node, so the same event has the same
// body whichever leader sends it.
type Event struct {
	Incident string    `json:"incident"`
	Event    Kind      `json:"event"`
	Target   string    `json:"target"`
	URL      string    `json:"url"`
	Term     int64     `json:"term"` // of the leader that recorded the event, not of the one that sends it
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero"` // close only
	Reason   string    `json:"reason"`
}

// Key identifies the event for a receiver that drops repetitions.
func (e Event) Key() string { return e.Incident + "/" + string(e.Event) }

// newIncident is an outage that nobody has been told of yet.
func newIncident(target Target, since time.Time, reason string, term int64) Incident {
	return Incident{
		ID:         target.Name + "-" + randomHex(),
		Target:     target.Name,
		URL:        target.URL,
		Phase:      Opening,
		Since:      stamp(since),
		Reason:     reason,
		OpenedTerm: term,
	}
}

// closing is the incident with its end recorded.
func (i Incident) closing(until time.Time, term int64) Incident {
	i.Phase, i.Until, i.ClosedTerm = Closing, stamp(until), term
	return i
}

// opened is the incident with its open event marked as delivered.
func (i Incident) opened() Incident {
	i.Phase = Open
	return i
}

// pending is the event that the webhook has yet to accept, if there is one.
func (i Incident) pending() (Event, bool) {
	e := Event{Incident: i.ID, Target: i.Target, URL: i.URL, Since: i.Since, Reason: i.Reason}
	switch i.Phase {
	case Opening:
		e.Event, e.Term = OpenEvent, i.OpenedTerm
	case Closing:
		e.Event, e.Term, e.Until = CloseEvent, i.ClosedTerm, i.Until
	default:
		return Event{}, false
	}
	return e, true
}

// randomHex is random rather than counted: an id must not come back after somebody empties the ensemble,
// or a receiver that remembers ids would take a new incident for an old one.
func randomHex() string {
	var b [5]byte
	rand.Read(b[:]) // never fails, says crypto/rand
	return hex.EncodeToString(b[:])
}

// stamp is a time as people and other programs want to read it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
