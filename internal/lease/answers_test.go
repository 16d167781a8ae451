package lease

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/dial"
)

// TestMissingNode: its owner is told, once; the others go on; and the answer, which no quorum gave, is no proof.
func TestMissingNode(t *testing.T) {
	for _, missing := range []error{zk.ErrNoNode, fmt.Errorf("multi: %w", zk.ErrNoNode)} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			s.expectChecks(t, 0)
			s.serve(after(0, missing))
			time.Sleep(T / 12)
			s.expectEvents(t, event{T / 12, "gone /a"})
			s.expectTrust(t, 2*T/3)
			s.expectChecks(t, T/12)
			time.Sleep(T)
			s.expectChecks(t)
			s.expectEvents(t) // nothing is held that could lapse

			s.serve(func(node string, _ <-chan struct{}) error {
				if node == "/b" {
					return missing
				}
				return nil
			})
			s.hold(t, "/b")
			s.hold(t, "/c")
			time.Sleep(T)
			checks, events := s.history()
			if len(events) != 1 || events[0].what != "gone /b" {
				t.Errorf("events are %v", events)
			}
			for _, c := range checks[3:] {
				if c.node != "/c" {
					t.Errorf("%s is still checked", c.node)
				}
			}
			if !s.Valid() {
				t.Error("the loss of one node ended the trust in another")
			}
		})
	}
}

// TestGoneMayCallBack: losing one lock may make its owner drop and take others.
func TestGoneMayCallBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.Committed(time.Now())
		s.Hold("/a", func() {
			s.Drop("/a")
			s.Warm("/b", func() { s.note("gone /b") })
			s.Valid()
			s.note("gone /a")
		})
		s.expectChecks(t, 0)
		s.serve(after(0, zk.ErrNoNode))
		time.Sleep(T / 2)
		s.expectEvents(t, event{T / 12, "gone /a"}, event{T/12 + T/8, "gone /b"})
	})
}

// TestDroppedNodeIsNotMissed: the answer is about a node that was given back meanwhile.
func TestDroppedNodeIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.serve(after(T/24, zk.ErrNoNode))
		s.hold(t, "/a")
		s.expectChecks(t, 0)
		s.Drop("/a")
		time.Sleep(T)
		s.expectEvents(t)
	})
}

// TestServerSaysExpired: that is the end, at once, and not also a lapse.
func TestServerSaysExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		s.serve(after(0, fmt.Errorf("multi: %w", zk.ErrSessionExpired)))
		time.Sleep(T / 12)
		s.expectEvents(t, event{T / 12, "expired"})
		s.expectNoTrust(t)
		s.expectChecks(t, T/12)
		s.serve(nil)
		s.Committed(time.Now())
		s.up(T)
		time.Sleep(time.Hour)
		s.expectNoTrust(t)
		s.expectEvents(t)
		s.expectChecks(t)
	})
}

// TestOtherErrorsAreNoAnswer: they neither extend trust nor end it before its time.
func TestOtherErrorsAreNoAnswer(t *testing.T) {
	for _, err := range []error{
		zk.ErrConnectionClosed, zk.ErrNoServer, zk.ErrClosing, zk.ErrSessionMoved, zk.ErrNoAuth, zk.ErrAPIError,
		zk.ErrBadVersion, dial.ErrBroken, errors.New("use of closed network connection"),
	} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			time.Sleep(T)
			s.history()
			s.serve(after(0, err))
			s.mu.Lock()
			s.trips = nil
			s.mu.Unlock()
			time.Sleep(2*T/3 - 1)
			s.expectTrust(t, T+2*T/3)
			time.Sleep(time.Nanosecond)
			_, events := s.history()
			want := event{T + 2*T/3, "lapsed"}
			if len(events) == 0 || events[len(events)-1] != want {
				t.Errorf("after %v the events are %v, want %v last", err, events, want)
			}
			if len(s.trips) != 0 {
				t.Errorf("%v counts as a round trip", err)
			}
		})
	}
}

// TestErrorThenAnswer: one lost check costs nothing.
func TestErrorThenAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		s.serve(after(0, zk.ErrConnectionClosed))
		time.Sleep(T / 12)
		s.expectTrust(t, 2*T/3)
		s.serve(nil)
		time.Sleep(T / 12)
		s.expectChecks(t, T/12, 2*T/12)
		s.expectTrust(t, 2*T/12+2*T/3)
	})
}
