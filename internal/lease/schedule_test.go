package lease

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestHeldNodeIsProvedEveryTwelfth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		time.Sleep(2 * T)
		s.expectChecks(t, append([]time.Duration{0}, every(T/12, 2*T)...)...)
		s.expectTrust(t, 2*T+2*T/3)
		s.expectEvents(t)
	})
}

// TestAnchorCountsAsACheck: the transaction that won the lock is no older than the check that it saves.
func TestAnchorCountsAsACheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a") // with the check that every new connection gets
		s.expectChecks(t, 0)
		time.Sleep(T / 24)
		s.hold(t, "/b")
		time.Sleep(T / 4)
		const held = T / 24
		s.expectChecks(t, held+T/12, held+2*T/12, held+3*T/12)
	})
}

// TestSlowAnswers: the next check is due T/12 after the one before, but there is never more than one under way.
func TestSlowAnswers(t *testing.T) {
	for _, c := range []struct{ trip, period time.Duration }{
		{0, T / 12}, {T / 24, T / 12}, {T / 12, T / 12}, {T / 8, T / 8}, {T / 7, T / 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.serve(after(c.trip, nil))
			s.hold(t, "/a")
			time.Sleep(10 * c.period)
			s.expectChecks(t, append([]time.Duration{0}, every(c.period, 10*c.period)...)...)
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.trips) < 9 || slices.Max(s.trips) != c.trip || slices.Min(s.trips) != c.trip {
				t.Errorf("round trips of %v are reported as %v", c.trip, s.trips)
			}
		})
	}
}

func TestWarmNodeIsProvedEveryEighth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.Warm("/a", func() {})
		time.Sleep(2 * T)
		s.expectChecks(t, append([]time.Duration{0}, every(T/8, 2*T)...)...)
		s.expectTrust(t, 2*T+5*T/8)

		// Its turn comes: it is held at once, and proved as such.
		if !s.Hold("/a", func() {}) {
			t.Fatal("the warm node cannot be held")
		}
		time.Sleep(T / 4)
		s.expectChecks(t, 2*T+T/12, 2*T+2*T/12, 2*T+3*T/12)
	})
}

// TestOldTrustWarms: a node that becomes next in line long after the last check is checked at once, and trusted with the
// next check, for T after the last ping that the leader must have heard of.
func TestOldTrustWarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.Committed(time.Now())
		time.Sleep(time.Hour)
		s.expectChecks(t)
		s.Warm("/a", func() {})
		s.expectChecks(t, time.Hour)
		if s.Valid() {
			t.Error("trusted after one check")
		}
		time.Sleep(T / 8)
		s.expectChecks(t, time.Hour+T/8)
		s.expectTrust(t, time.Hour-T/3+T)
	})
}

func TestNothingIsSentWithNothingHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.Committed(time.Now())
		time.Sleep(time.Hour)
		s.down()
		s.up(T)
		time.Sleep(time.Hour)
		s.expectChecks(t)

		s.hold(t, "/a")
		s.Warm("/b", func() {})
		time.Sleep(T)
		s.history()
		s.Drop("/a")
		s.Drop("/b")
		s.Drop("/b")
		s.Drop("/never held")
		time.Sleep(time.Hour)
		s.expectChecks(t)
		s.expectEvents(t) // and nobody is told that trust lapsed
	})
}

// TestDropLeavesTheRest: dropping a held node leaves the schedule of what is left.
func TestDropLeavesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.Warm("/b", func() {})
		time.Sleep(T)
		s.history()
		s.Drop("/a")
		time.Sleep(T)
		checks, _ := s.history()
		if len(checks) != 8 || checks[0].node != "/b" {
			t.Errorf("with a warm node left the checks are %v", checks)
		}
	})
}

// TestNothingIsSentWithoutAConnection, and the first check on a new one does not wait.
func TestNothingIsSentWithoutAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		time.Sleep(T/12 + T/24)
		s.history()
		s.down()
		time.Sleep(T / 4)
		s.expectChecks(t)
		at := s.since(time.Now())
		s.up(T)
		s.expectChecks(t, at)
		time.Sleep(T / 12)
		s.expectChecks(t, at+T/12)
	})
}

// TestTurns: a thousand held nodes cost as much as one, and each has its turn.
func TestTurns(t *testing.T) {
	const nodes, rounds = 1000, 3
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		for i := range nodes {
			s.hold(t, fmt.Sprintf("/%d", i))
		}
		s.history()
		time.Sleep(nodes * rounds * T / 12)
		checks, events := s.history()
		if len(checks) != nodes*rounds || len(events) != 0 {
			t.Errorf("%d checks, want one per T/12, %d; events %v", len(checks), nodes*rounds, events)
		}
		turns := make(map[string]int)
		for _, c := range checks {
			turns[c.node]++
		}
		for node, n := range turns {
			if n != rounds {
				t.Errorf("%s had %d turns of %d", node, n, rounds)
			}
		}
		for i := range nodes { // in another order than they came
			s.Drop(fmt.Sprintf("/%d", (i*7)%nodes))
		}
		time.Sleep(T)
		s.expectChecks(t)
	})
}
