package lease

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/dial"
)

func TestNoTrustAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.expectNoTrust(t)
		time.Sleep(time.Hour)
		s.expectNoTrust(t)
		s.expectEvents(t)
	})
}

// TestTrustCountsFromTheSending, not from the answer, however late that is.
func TestTrustCountsFromTheSending(t *testing.T) {
	for _, trip := range []time.Duration{1, T / 100, T / 12, T/4 - 1} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			s.expectTrust(t, 2*T/3)
			s.history()
			s.serve(after(trip, nil))
			time.Sleep(T/12 + trip - 1)
			s.expectChecks(t, T/12)
			s.expectTrust(t, 2*T/3)
			time.Sleep(time.Nanosecond)
			s.expectTrust(t, T/12+2*T/3)
		})
	}
}

// TestTrustNeverShrinks through an answer to something that was sent earlier.
func TestTrustNeverShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		time.Sleep(T)
		s.expectTrust(t, T+2*T/3)
		for _, sent := range []time.Duration{0, T / 4, T / 2, T - 1, T} {
			s.Committed(s.begun.Add(sent))
			s.expectTrust(t, T+2*T/3)
		}
		time.Sleep(T / 24)
		s.Committed(time.Now())
		s.expectTrust(t, T+T/24+2*T/3)
	})
}

// TestAnswersOfAnEarlierConnection: nothing is built on what was sent before the connection was there, and nothing that
// was known of the one before holds for this one; but it has renewed the session, or it would not be there.
func TestAnswersOfAnEarlierConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		time.Sleep(T)
		s.history()
		s.serve(silent)
		s.down()
		sent := time.Now()
		time.Sleep(T / 2)
		s.up(T)
		s.Touched(sent, time.Now())
		s.Committed(sent)
		s.expectTrust(t, T+2*T/3)
		time.Sleep(T / 12)
		s.Committed(time.Now())
		s.expectTrust(t, T+T/2+T/12+2*T/3)
	})
}

// TestTrustIsBoundByRenewal: after a silence, even of the client's own, the session may not have been renewed for as
// long, and one answer does not change that.
func TestTrustIsBoundByRenewal(t *testing.T) {
	for _, silence := range []time.Duration{T / 2, 3 * T / 4, T - 1} {
		synctest.Test(t, func(t *testing.T) {
			s := newSession(t)
			now := time.Now()
			s.Up(dial.Link{Server: "zk1", Timeout: T, Dialed: now, Up: now}) // without any pings
			time.Sleep(silence)
			s.Committed(time.Now())
			s.expectTrust(t, min(silence+2*T/3, T))
			if !s.Hold("/a", func() {}) {
				t.Error("what is trusted cannot be held")
			}
		})
	}
}

// TestTwoTransactionsAfterASilence: the first may have been committed without a renewal; with the second the leader has
// heard of what was answered half a tick before the first, and of nothing later for certain.
func TestTwoTransactionsAfterASilence(t *testing.T) {
	const ping = 2 * T // long after the connection came up
	for since, until := range map[time.Duration]time.Duration{
		T/4 - 1:     0,
		T / 4:       ping + T/4 + 2*T/3,
		T / 2:       ping + T,
		T - 1:       ping + T,
		T:           0,
		T + T/4 + 1: 0,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSession(t)
			now := time.Now()
			s.Up(dial.Link{Server: "zk1", Timeout: T, Dialed: now, Up: now})
			time.Sleep(ping)
			s.Touched(time.Now(), time.Now())
			time.Sleep(since)
			s.Committed(time.Now())
			if s.Valid() {
				t.Error("trusted after one transaction")
			}
			s.Committed(time.Now())
			if until != 0 {
				s.expectTrust(t, until)
			} else if s.Valid() {
				t.Errorf("trusted %v after the ping", since)
			}
		})
	}
}

// TestYoungConnection: a lock that is taken as soon as there is a connection is trusted as long as any other, two checks
// later at the latest.
func TestYoungConnection(t *testing.T) {
	const trip = T / 1000
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t)
		dialed := time.Now()
		commit := func() {
			sent := time.Now()
			time.Sleep(trip)
			s.Committed(sent)
		}
		time.Sleep(trip)
		s.upOn(dial.Link{Server: "zk1", Timeout: T, Dialed: dialed, Up: time.Now()})
		commit() // the lock node
		commit() // and something else
		for n := 1; n <= 12; n++ {
			time.Sleep(time.Until(dialed.Add(time.Duration(n) * T / 12)))
			sent := time.Now()
			commit()
			if short := sent.Add(2 * T / 3).Sub(s.Until()); n > 2 && short > 0 {
				t.Errorf("after check %d, trust is %v shorter than 2T/3", n, short)
			}
		}
	})
}

// TestOldTransactionIsNoTrust: the answer to something sent more than 2T/3 ago is good for nothing.
func TestOldTransactionIsNoTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		begun := time.Now()
		time.Sleep(2 * T / 3)
		s.Committed(begun)
		if s.Valid() || s.Hold("/a", func() {}) {
			t.Error("a transaction sent 2T/3 ago is trusted")
		}
		s.Committed(begun.Add(1))
		if !s.Valid() || !s.Hold("/a", func() {}) {
			t.Error("a transaction sent less than 2T/3 ago is not trusted")
		}
	})
}

// TestLapse comes exactly at the end of trust, once, and is final: trust gone by may be the server's already.
func TestLapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.hold(t, "/b")
		time.Sleep(T)
		s.history()
		s.down()
		const end = T + 2*T/3
		time.Sleep(2*T/3 - 1)
		s.expectEvents(t)
		s.expectTrust(t, end)
		time.Sleep(time.Nanosecond)
		if s.Valid() {
			t.Error("trusted at its very end")
		}
		s.expectEvents(t, event{end, "lapsed"})
		s.expectNoTrust(t)

		s.up(T)
		s.Committed(time.Now())
		s.Warm("/c", func() {})
		s.expectNoTrust(t)
		s.Drop("/a")
		s.Drop("/b")
		time.Sleep(time.Hour)
		s.expectChecks(t)
		s.expectEvents(t)
	})
}

// TestLateAnswerDoesNotRevive: the answer that is under way when trust runs out comes too late.
func TestLateAnswerDoesNotRevive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		release := make(chan struct{})
		s.serve(func(string, <-chan struct{}) error { // not even the kick ends it
			<-release
			return nil
		})
		time.Sleep(T)
		s.expectEvents(t, event{T/12 + T/4, "kicked zk1"}, event{2 * T / 3, "lapsed"})
		close(release)
		s.expectNoTrust(t)
		s.expectEvents(t)
	})
}

// TestTrustInNothingLapsesInSilence: without a lock there is nothing to lose, and a later lock starts afresh.
func TestTrustInNothingLapsesInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.down()
		s.Warm("/next", func() {})
		s.Drop("/a")
		time.Sleep(time.Hour)
		s.expectEvents(t)
		if s.Valid() {
			t.Error("trusted after an hour")
		}
		if s.Hold("/b", func() {}) {
			t.Error("a node is held without trust")
		}
		s.up(T)
		s.expectTrust(t, time.Hour+2*T/3)
		s.hold(t, "/b")
	})
}

// TestPauseIsNoticedByValid before any timer has run: here none does.
func TestPauseIsNoticedByValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t)
		s.up(T)
		s.hold(t, "/a")
		time.Sleep(2*T/3 - 1)
		if !s.Valid() {
			t.Error("not trusted before its end")
		}
		time.Sleep(time.Nanosecond)
		if s.Valid() {
			t.Error("trusted at its end")
		}
		if s.Hold("/b", func() {}) {
			t.Error("a node is held after the end")
		}
	})
}

// TestNegotiatedTimeout: a server that gives another timeout changes the schedule, and a shorter one ends the trust that
// is there sooner. A longer one does not stretch it: a server that is cut off may give what the others know nothing of.
func TestNegotiatedTimeout(t *testing.T) {
	for _, timeout := range []time.Duration{T / 2, T, 3 * T} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			time.Sleep(T / 24)
			s.history()
			s.serve(silent) // so that the trust is still that of before
			s.up(timeout)
			s.expectTrust(t, 2*min(timeout, T)/3)
			s.serve(nil)
			s.down()
			s.up(timeout)
			time.Sleep(timeout / 4)
			const up = T / 24
			s.expectChecks(t, up, up, up+timeout/12, up+2*timeout/12, up+3*timeout/12)
			s.expectTrust(t, up+3*timeout/12+2*timeout/3)
		})
	}
}

// TestShorterTimeoutCanEndTrust at once.
func TestShorterTimeoutCanEndTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.down()
		time.Sleep(T / 2)
		s.expectEvents(t)
		s.serve(silent)
		s.up(T / 2)
		s.expectEvents(t, event{T / 2, "lapsed"})
		s.expectNoTrust(t)
	})
}

// TestEndOfSession: trust ends with the context, and Run returns when the check under way has ended.
func TestEndOfSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.Run(ctx)
		}()
		s.serve(silent)
		s.up(T)
		s.hold(t, "/a")
		s.expectChecks(t, 0)
		cancel()
		s.expectNoTrust(t)
		select {
		case <-ended:
			t.Error("Run returned before its check did")
		default:
		}
		s.down()
		<-ended
		s.expectEvents(t) // the end of a session is no lapse
	})
}

func TestRunEndsWithNothingUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.Run(ctx)
		s.Committed(time.Now())
		s.expectNoTrust(t)
	})
}

// TestNarrow: an answer that finds less than a quarter of T left of the trust in a held lock is told of, and no other.
func TestNarrow(t *testing.T) {
	for back, narrow := range map[time.Duration]int{
		5*T/12 - 1: 0, // the next server answers when T/4 is left
		5*T/12 + 1: 1,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			s.serve(silent)
			time.Sleep(back)
			s.serve(nil)
			s.up(T)
			time.Sleep(2 * T)
			s.expectTrust(t, back+2*T-(2*T)%(T/12)+2*T/3)
			if s.narrow != narrow {
				t.Errorf("the next server answers after %v: narrow %d times, want %d", back, s.narrow, narrow)
			}
			if held := s.Held(); held != 1 {
				t.Errorf("%d held", held)
			}
			s.Drop("/a")
			s.Warm("/b", func() {})
			s.serve(silent)
			time.Sleep(2 * T) // nothing is held: nothing can be narrow
			s.serve(nil)
			s.up(T)
			time.Sleep(T)
			if held := s.Held(); held != 0 || s.narrow != narrow {
				t.Errorf("%d held, narrow %d times with nothing held", held, s.narrow-narrow)
			}
		})
	}
}
