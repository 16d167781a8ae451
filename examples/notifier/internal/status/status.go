package status

import (
	"slices"
	"time"

	"burrow.example/zookeeper"
)

// Status is what the page says, and status.json.
type Status struct {
	Instance string    `json:"instance"`
	Now      time.Time `json:"now"`
	Began    time.Time `json:"began"` // nothing is known of the time before

	State   string    `json:"state"` // zookeeper.State
	Since   time.Time `json:"since"` // when that was entered
	Server  string    `json:"server,omitempty"`
	Session float64   `json:"session_timeout_seconds"` // as negotiated
	Leading bool      `json:"leading"`
	Trust   float64   `json:"trust_seconds"` // for how long it may act without another proof

	Leader  *Term    `json:"leader"` // null if nobody is known to lead
	Terms   []Term   `json:"terms"`
	Blind   []Span   `json:"blind"`   // no session, so nothing was seen
	Outages []Outage `json:"outages"` // the latest first
	Targets []string `json:"targets"`
}

// status is the state of things at a moment.
func (p *Page) status(now time.Time) Status {
	stats := p.coordinator.Stats()
	s := Status{
		Instance: p.instance, Now: now.UTC(), Targets: p.targets,
		State: stats.State.String(), Since: stats.Since.UTC(), Server: stats.Server,
		Session: stats.Timeout.Seconds(), Leading: stats.Leading > 0, Trust: stats.Trust.Seconds(),
	}
	s.Began, s.Terms, s.Blind, s.Outages = p.history.copied()
	slices.SortStableFunc(s.Outages, func(a, b Outage) int { return b.From.Compare(a.From) })
	// Without a connection, whoever was seen last may have gone.
	if last := end(s.Terms); last != nil && last.Leader != "" && stats.State == zookeeper.Connected {
		leader := *last
		s.Leader = &leader
	}
	return s
}
