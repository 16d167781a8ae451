package lease

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/dial"
)

// TestSilenceIsKicked after T/4, once, and T/3 of trust is left then to find a better server.
func TestSilenceIsKicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		time.Sleep(T)
		s.history()
		s.serve(silent)
		const kicked = T + T/12 + T/4
		time.Sleep(kicked - T - 1)
		s.expectChecks(t, T+T/12)
		s.expectEvents(t)
		time.Sleep(time.Nanosecond)
		s.expectEvents(t, event{kicked, "kicked zk1"})
		s.expectTrust(t, kicked+T/3)

		time.Sleep(T/3 - 1)
		s.expectChecks(t) // nothing to send them through
		s.expectEvents(t)
		time.Sleep(time.Nanosecond)
		s.expectEvents(t, event{kicked + T/3, "lapsed"})
	})
}

// TestKickIsNotRepeated while the client library has not noticed yet: the check is still under way.
func TestKickIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kicks := 0
		noticed := make(chan struct{})
		l := New(Config{
			Timeout: T,
			Prove: func(string) error {
				<-noticed
				return zk.ErrConnectionClosed
			},
			Kicked: func(dial.Link) { kicks++ },
			Lapsed: func() {},
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Run(ctx)
		}()
		now := time.Now()
		l.Up(dial.Link{Timeout: T, Dialed: now, Up: now})
		l.Warm("/a", func() {})
		for range 10 {
			time.Sleep(T / 8)
			l.Warm("/b", func() {}) // which makes the lease look at what is due
		}
		close(noticed)
		synctest.Wait()
		if kicks != 1 {
			t.Errorf("%d kicks", kicks)
		}
		cancel()
		<-ended
	})
}

// TestNextServerAfterAKick is asked at once, and has its own T/4.
func TestNextServerAfterAKick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		s.serve(silent)
		time.Sleep(T/12 + T/4)
		s.expectEvents(t, event{T/12 + T/4, "kicked zk1"})
		s.expectChecks(t, T/12)

		time.Sleep(T / 24)
		const up = T/12 + T/4 + T/24
		link := s.up(T)
		s.expectChecks(t, up)
		time.Sleep(T/4 - 1)
		s.expectEvents(t)
		time.Sleep(time.Nanosecond)
		s.expectEvents(t, event{up + T/4, "kicked " + link.Server})
	})
}

// TestShunnedServer: a server through which nothing was committed the last time has T/12 for it, from when the session
// is attached.
func TestShunnedServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		s.serve(silent)
		time.Sleep(T/12 + T/4)
		s.expectEvents(t, event{T/12 + T/4, "kicked zk1"})
		time.Sleep(T / 24)
		const up = T/12 + T/4 + T/24
		s.upOn(dial.Link{Server: "zk2", Timeout: T, Dialed: time.Now(), Up: time.Now(), Shunned: true})
		time.Sleep(T/12 - 1)
		s.expectEvents(t)
		time.Sleep(time.Nanosecond)
		s.expectEvents(t, event{up + T/12, "kicked zk2"})
	})
}

// TestNoKickWhileAnswersCome, however slow they are below T/4, and none when nothing is asked.
func TestNoKickWhileAnswersCome(t *testing.T) {
	for _, trip := range []time.Duration{0, T / 12, T/4 - 1} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.serve(after(trip, nil))
			s.Warm("/a", func() {})
			time.Sleep(time.Hour)
			s.expectEvents(t)
			s.Drop("/a")
			s.serve(silent)
			time.Sleep(time.Hour)
			s.expectEvents(t)
		})
	}
}

// TestNoKickForErrorsAmongAnswers: a server that answers every third check is not silent.
func TestNoKickForErrorsAmongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		n := 0
		s.serve(func(string, <-chan struct{}) error {
			if n++; n%3 == 0 {
				return nil
			}
			return zk.ErrAPIError
		})
		time.Sleep(time.Hour)
		s.expectEvents(t)
	})
}

// TestErrorsAreKicked: a server that answers nothing but errors proves nothing, and is left as well.
func TestErrorsAreKicked(t *testing.T) {
	for _, trip := range []time.Duration{0, T / 100, T / 10} {
		synctest.Test(t, func(t *testing.T) {
			s := connected(t)
			s.hold(t, "/a")
			s.history()
			s.serve(after(trip, zk.ErrAPIError))
			time.Sleep(T/12 + T/4 - 1)
			s.expectEvents(t)
			time.Sleep(time.Nanosecond)
			s.expectEvents(t, event{T/12 + T/4, "kicked zk1"})
		})
	}
}

// TestGrace: a connection gets T/6 from its dial, and again from its session, and a process that was paused T/6 from
// its awakening, before silence is held against the connection.
func TestGrace(t *testing.T) {
	cases := map[string]struct {
		dialed, up, resumed time.Duration // since the check was sent
		kick                time.Duration
	}{
		"old connection":      {-time.Hour, -time.Hour, -time.Hour, T / 4},
		"up long enough":      {T/12 - 2, T/12 - 1, -time.Hour, T / 4},
		"dialled since":       {T / 8, -time.Hour, -time.Hour, T/8 + T/6},
		"up since":            {0, T / 8, -time.Hour, T/8 + T/6},
		"dialled, up since":   {T / 8, T / 6, -time.Hour, T/6 + T/6},
		"paused since":        {-time.Hour, -time.Hour, T / 5, T/5 + T/6},
		"paused, then up":     {T/5 + 1, T / 4, T / 5, T/4 + T/6},
		"up, then paused":     {T / 8, T / 7, T / 5, T/5 + T/6},
		"paused, long before": {-time.Hour, -time.Hour, T / 24, T / 4},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			at := func(d time.Duration) time.Time { return s.begun.Add(d) }
			s.upOn(dial.Link{Server: "zk1", Timeout: T, Dialed: at(c.dialed), Up: at(c.up)})
			s.silence, s.resumed = s.begun, at(c.resumed)
			if got := s.since(s.kickAt()); got != c.kick {
				t.Errorf("the kick comes after %v, want %v", got, c.kick)
			}
		})
	}
}

// TestCheckThatChangesServers: the client library queues a check while there is no connection, and sends it through
// the next, which is not to be kicked for the time before.
func TestCheckThatChangesServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.hold(t, "/a")
		s.history()
		answer := make(chan error)
		s.serve(func(string, <-chan struct{}) error { return <-answer })
		defer close(answer)
		time.Sleep(T / 12)
		s.expectChecks(t, T/12)
		s.Down()
		time.Sleep(T / 5)
		s.up(T)
		const up = T/12 + T/5
		time.Sleep(T/6 - 1)
		s.expectEvents(t)
		answer <- nil
		s.expectTrust(t, 2*T/3) // on what is answered through another connection nothing can be built
		time.Sleep(time.Nanosecond)
		s.expectEvents(t)
		s.expectChecks(t, up+T/6-1) // the one that the new connection is due
	})
}

// TestOwnPause, step by step, as Run cannot be paused here: after a timer that fired late, the check under way gets
// T/6 before its connection is dropped, and one that fired in time gets nothing.
func TestOwnPause(t *testing.T) {
	for _, c := range []struct {
		name   string
		late   time.Duration
		kicked bool
	}{
		{"in time", 0, true},
		{"a little late", T / 12, true},
		{"paused", T/12 + 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSession(t)
				s.up(T)
				s.hold(t, "/a")
				wake := s.step() // which finds that a check is to be sent, and nobody sends it
				for s.since(wake) < T/4 {
					time.Sleep(time.Until(wake))
					s.woken(wake)
					wake = s.step()
				}
				if got := s.since(wake); got != T/4 {
					t.Fatalf("the kick is due after %v", got)
				}
				time.Sleep(time.Until(wake) + c.late)
				s.woken(wake)
				resumed := time.Now()
				wake = s.step()
				_, events := s.history()
				if kicked := len(events) == 1; kicked != c.kicked {
					t.Fatalf("events are %v", events)
				}
				if c.kicked {
					return
				}
				if grace := wake.Sub(resumed); grace != T/6 {
					t.Errorf("the grace is %v", grace)
				}
				time.Sleep(time.Until(wake))
				s.woken(wake)
				s.step()
				s.expectEvents(t, event{s.since(wake), "kicked zk1"})
			})
		})
	}
}
