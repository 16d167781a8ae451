package lease

import "time"

// The lease as parts of T, the negotiated session timeout. They are chosen together; parts_test.go checks, for every
// tickTime and T that a server can negotiate, the inequality that makes them safe.
//
// Trust ends at the earliest moment at which the leader can expire the session. That is T after it was renewed there
// for the last time, and reach.go says when that was: while checks are sent steadily every T/12, it was no earlier than
// T/12 + T/4 before the last answered check was sent. So trust lasts for 2T/3 from there: s − (T/12 + T/4) + T. The
// server's rounding up to whole ticks only adds to it. A leader that loses its quorum commits nothing more, and a new
// leader starts every session's clock afresh.
const (
	trustParts, trustOf = 2, 3 // trust lasts until 2T/3 after an answered check was sent, at the longest

	tickOf     = 2 // minSessionTimeout is two ticks, so that tickTime ≤ T/2
	halfTickOf = 4 // a server reports every tickTime/2

	proveOf = 12 // while a lock is held a check is sent every T/12: seven of eight may be lost
	warmOf  = 8  // the second in line checks every T/8, so that it has 3T/8 of trust at least when its turn comes
	freshOf = 6  // a check no older than T/6 is one that has not been missed
	kickOf  = 4  // a check unanswered for T/4 costs its connection; T/3 of trust is left to try two more servers
	graceOf = 6  // but a connection gets T/6 first, or the limits of dial and handshake and the kick fall into step
	shunOf  = 12 // or T/12, kick and grace, where the connection before was kicked without a single answer
	nearOf  = 4  // an answer that finds less than T/4 of trust left came after more than one server had failed
	pauseOf = 12 // a timer that fires T/12 late means that this process was paused, not that the server is silent
)

func trust(t time.Duration) time.Duration { return t * trustParts / trustOf }
