package lease

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"

	"burrow.example/zookeeper/internal/dial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// T is the session timeout of most tests: a check every second, trust for eight.
const T = 12 * time.Second

// session is the other side of a Lease: the connection and the server. Times are since its beginning.
type session struct {
	*Lease
	begun time.Time

	mu      sync.Mutex
	checks  []check
	events  []event // in order
	narrow  int
	trips   []time.Duration
	inside  int           // checks under way
	server  server        // how checks are answered; at once and well unless set
	dropped chan struct{} // closed with the connection
}

// server answers a check, at the latest when the connection is dropped.
type server func(node string, dropped <-chan struct{}) error

// after answers with some delay.
func after(delay time.Duration, err error) server {
	return func(_ string, dropped <-chan struct{}) error {
		select {
		case <-time.After(delay):
			return err
		case <-dropped:
			return zk.ErrConnectionClosed
		}
	}
}

// silent never answers.
func silent(_ string, dropped <-chan struct{}) error {
	<-dropped
	return zk.ErrConnectionClosed
}

type check struct {
	at   time.Duration
	node string
}

type event struct {
	at   time.Duration
	what string
}

// connected runs a Lease until the end of the test, in virtual time, with a connection that has just come up.
func connected(t *testing.T) *session {
	t.Helper()
	s := newSession(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		s.down()
		<-ended
	})
	s.up(T)
	return s
}

// newSession returns a session whose Lease does not run, and that has no connection.
func newSession(t *testing.T) *session {
	s := &session{begun: time.Now()}
	t.Cleanup(s.down)
	s.Lease = New(Config{
		Timeout: T,
		Prove:   s.answer,
		Expired: func(error) { s.note("expired") },
		Lapsed:  func() { s.note("lapsed") },
		Kicked: func(link dial.Link) {
			s.note("kicked " + link.Server)
			go s.down()
		},
		RTT: func(d time.Duration) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.trips = append(s.trips, d)
		},
		Narrow: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.narrow++
		},
	})
	return s
}

func (s *session) since(at time.Time) time.Duration { return at.Sub(s.begun) }

func (s *session) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event{s.since(time.Now()), what})
}

// answer is the lease's way to the server.
func (s *session) answer(node string) error {
	s.mu.Lock()
	s.checks = append(s.checks, check{s.since(time.Now()), node})
	s.inside++
	if s.inside > 1 {
		panic("two checks under way")
	}
	server, dropped := s.server, s.dropped
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inside--
	}()
	if server == nil {
		return nil
	}
	return server(node, dropped)
}

// serve sets how checks are answered from now on.
func (s *session) serve(server server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
}

// up brings up a connection, with a timeout, on which the client library sends its pings.
func (s *session) up(timeout time.Duration) dial.Link {
	now := time.Now()
	return s.upOn(dial.Link{Server: "zk1", Timeout: timeout, Dialed: now, Up: now})
}

// upOn is up with the link given.
func (s *session) upOn(link dial.Link) dial.Link {
	s.drop()
	dropped := make(chan struct{})
	s.mu.Lock()
	s.dropped = dropped
	s.mu.Unlock()
	s.Up(link)
	go func() { // ends with the connection
		ticker := time.NewTicker(link.Timeout / 3)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				s.Touched(now, now)
			case <-dropped:
				return
			}
		}
	}()
	return link
}

// down breaks it, and the lease hears of that.
func (s *session) down() {
	s.drop()
	s.Down()
}

func (s *session) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped != nil {
		close(s.dropped)
		s.dropped = nil
	}
}

// hold holds a node, as a lock does: it is created, and if that is not enough for trust, something else is committed.
func (s *session) hold(t *testing.T, node string) {
	t.Helper()
	synctest.Wait()
	for range 2 {
		s.Committed(time.Now())
		if s.Hold(node, func() { s.note("gone " + node) }) {
			return
		}
	}
	t.Fatalf("cannot hold %s", node)
}

// history returns what happened until now, once everything that is due now is done, and forgets it.
func (s *session) history() (checks []check, events []event) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	checks, events = s.checks, s.events
	s.checks, s.events = nil, nil
	return checks, events
}

// expectEvents compares all events since the last look, with their times.
func (s *session) expectEvents(t *testing.T, want ...event) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.events, want) {
		t.Errorf("events are %v, want %v", s.events, want)
	}
	s.events = nil
}

// expectChecks compares the times of all checks since the last look.
func (s *session) expectChecks(t *testing.T, want ...time.Duration) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	got := make([]time.Duration, len(s.checks))
	for i, c := range s.checks {
		got[i] = c.at
	}
	if !slices.Equal(got, want) {
		t.Errorf("checks at %v, want %v", got, want)
	}
	s.checks = nil
}

// expectTrust compares the end of trust, and whether there is trust now.
func (s *session) expectTrust(t *testing.T, until time.Duration) {
	t.Helper()
	synctest.Wait()
	if got := s.since(s.Until()); got != until {
		t.Errorf("at %v trust lasts until %v, want %v", s.since(time.Now()), got, until)
	}
	if valid, want := s.Valid(), s.since(time.Now()) < until; valid != want {
		t.Errorf("at %v Valid() = %t", s.since(time.Now()), valid)
	}
}

// expectNoTrust, and none to be had either.
func (s *session) expectNoTrust(t *testing.T) {
	t.Helper()
	synctest.Wait()
	if s.Valid() || !s.Until().IsZero() {
		t.Errorf("Valid() = %t, Until() = %v", s.Valid(), s.Until())
	}
	if s.Hold("/late", func() {}) {
		t.Error("a node can be held")
	}
}

// every returns the multiples of step up to end.
func every(step, end time.Duration) []time.Duration {
	var times []time.Duration
	for at := step; at <= end; at += step {
		times = append(times, at)
	}
	return times
}
