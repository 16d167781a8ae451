package lease

import "time"

// The lease as parts of T, the negotiated session timeout. They are chosen together; parts_test.go checks, for every
// tickTime and T that a server can negotiate, the inequality that makes them safe.
//
// An answered check sent at s proves that a leader of a quorum knew the session at s or later. A server passes on that
// it heard of a session with its next ping of the leader, at most tickTime/2 later, and a client whose server loses
// the leader may have been heard of last by the check before, T/12 earlier. So no leader expires the session before
// s − (T/12 + tickTime/2) + T, and with tickTime ≤ T/2 (minSessionTimeout is two ticks) that is s + 2T/3 or later.
const (
	trustParts, trustOf = 2, 3 // trust lasts until 2T/3 after an answered check was sent

	proveOf = 12 // while a lock is held a check is sent every T/12: seven of eight may be lost
	warmOf  = 4  // the second in line checks every T/4, so that it has 5T/12 of trust left when its turn comes
	kickOf  = 4  // a check unanswered for T/4 costs its connection; T/3 of trust is left to try two more servers
	graceOf = 6  // but a connection gets T/6 first, or the limits of dial and handshake and the kick fall into step
	pauseOf = 12 // a timer that fires T/12 late means that this process was paused, not that the server is silent
)

func trust(t time.Duration) time.Duration { return t * trustParts / trustOf }
