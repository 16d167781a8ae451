package zookeeper

import "time"

// State is where a Coordinator's session stands.
type State int32

const (
	// Disconnected is the state before the first session.
	Disconnected State = iota
	// Connected means that a server has the session.
	Connected
	// Suspended means that the connection is lost and the session may be alive: locks are kept, and whoever trusts
	// them goes by the clock.
	Suspended
	// Expired means that the session is over, or can no longer be trusted. A new one is being established.
	Expired
	// Stopped is final.
	Stopped
)

// String returns the state in lower case, as logs and metrics have it: "connected".
func (s State) String() string {
	switch s {
	case Disconnected:
		return "disconnected"
	case Connected:
		return "connected"
	case Suspended:
		return "suspended"
	case Expired:
		return "expired"
	case Stopped:
		return "stopped"
	}
	return "unknown"
}

// live says that locks held in this state may still be ours: what App.ZookeeperConnected shows.
func (s State) live() bool { return s == Connected || s == Suspended }

// what happens to a session.
type eventKind int

const (
	established eventKind = iota // a server has the session
	lost                         // the connection is lost
	expired                      // the session is over, for the reason given
	stop                         // Stop was called
	question                     // whether the event loop answers; no state follows from it
)

// next is the whole of the state machine. It reports false where an event means nothing in a state.
func next(state State, kind eventKind) (State, bool) {
	switch {
	case state == Stopped:
	case kind == stop:
		return Stopped, true
	case kind == established && state != Connected:
		return Connected, true
	case kind == lost && state == Connected:
		return Suspended, true
	case kind == expired && state.live():
		return Expired, true
	}
	return state, false
}

// status is a snapshot of where the coordinator stands. The event loop publishes a new one with every transition;
// everybody else reads.
type status struct {
	state   State
	session *session // the live one; nil unless the state is
	link    int      // counts the connections established; a new one has a new number
	cause   error    // why there is no live session, if known
	since   time.Time
	changed chan struct{} // closed when the next status is there
}

func newStatus() *status {
	return &status{since: time.Now(), changed: make(chan struct{})}
}

// then returns the status after this one.
func (st *status) then(state State) *status {
	following := *st
	following.state = state
	following.since = time.Now()
	following.changed = make(chan struct{})
	return &following
}
