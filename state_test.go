package zookeeper

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var (
	states = []State{Disconnected, Connected, Suspended, Expired, Stopped}
	events = []eventKind{established, lost, expired, stop, question}
)

// TestNext is the whole of the state machine. A "" means that the event means nothing in that state.
func TestNext(t *testing.T) {
	table := map[State]map[eventKind]string{
		Disconnected: {established: "connected", lost: "", expired: "", stop: "stopped", question: ""},
		Connected:    {established: "", lost: "suspended", expired: "expired", stop: "stopped", question: ""},
		Suspended:    {established: "connected", lost: "", expired: "expired", stop: "stopped", question: ""},
		Expired:      {established: "connected", lost: "", expired: "", stop: "stopped", question: ""},
		Stopped:      {established: "", lost: "", expired: "", stop: "", question: ""},
	}
	for _, from := range states {
		for _, kind := range events {
			want, listed := table[from][kind]
			if !listed {
				t.Fatalf("%v, event %d: not in the table", from, kind)
			}
			to, ok := next(from, kind)
			if ok != (want != "") || ok && to.String() != want || !ok && to != from {
				t.Errorf("%v, event %d: %v, %t; want %q", from, kind, to, ok, want)
			}
		}
	}
}

func TestStateIsLive(t *testing.T) {
	for _, state := range states {
		if live := state == Connected || state == Suspended; state.live() != live {
			t.Errorf("%v is live: %t", state, state.live())
		}
	}
}

func TestStateString(t *testing.T) {
	want := []string{"disconnected", "connected", "suspended", "expired", "stopped"}
	for i, state := range states {
		if state.String() != want[i] {
			t.Errorf("state %d is %q, want %q", state, state, want[i])
		}
	}
	if name := State(99).String(); name != "unknown" {
		t.Errorf("state 99 is %q", name)
	}
	if State(0) != Disconnected {
		t.Error("the zero State is not Disconnected")
	}
}

// TestStatusThen: the next status is new in what a transition changes and nothing else, and leaves the old one as it is.
func TestStatusThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("cause")
		begun := time.Now()
		old := newStatus()
		if old.state != Disconnected || old.session != nil || old.since != begun {
			t.Errorf("the first status is %+v", old)
		}
		old.state, old.session, old.link, old.cause = Connected, new(session), 3, cause
		was := *old

		time.Sleep(time.Minute)
		following := old.then(Suspended)
		if *old != was {
			t.Errorf("the old status was %+v and is %+v", was, *old)
		}
		if following.state != Suspended || following.since != begun.Add(time.Minute) {
			t.Errorf("the next status is %+v", following)
		}
		if following.session != old.session || following.link != 3 || following.cause != cause {
			t.Errorf("the next status lost something: %+v", following)
		}
		close(old.changed)
		select {
		case <-following.changed:
			t.Error("the next status has changed already")
		default:
		}
	})
}
