package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/status"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// TestStatusPages: every instance sees the same leader, and the same incident come and go.
func TestStatusPages(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	names := []string{"one", "two", "three"}
	for _, name := range names {
		s.start(name)
	}
	s.awaitLine(len(names))
	s.site.GoDown()
	opened, err := s.receiver.Await(s.ctx, uptime.OpenEvent, time.Time{})
	s.must(err)
	first := s.ledger.Last()
	for _, name := range names {
		seen := s.awaitStatus(name, first.Instance, func(seen status.Status) bool {
			return len(seen.Outages) == 1 && seen.Outages[0].Until.IsZero()
		})
		if seen.Leading != (name == first.Instance) || (seen.Trust > 0) != seen.Leading || seen.State != "connected" {
			t.Errorf("%s says %+v", name, seen)
		}
		if o := seen.Outages[0]; o.Incident != opened.Event.Incident || o.Target != "shop" || o.Reason == "" {
			t.Errorf("%s knows of %+v", name, o)
		}
	}

	s.must(s.processes[first.Instance].Stop())
	names = slices.DeleteFunc(names, func(name string) bool { return name == first.Instance })
	next, err := s.ledger.Await(s.ctx, first.Term)
	s.must(err)
	s.site.ComeBack()
	for _, name := range names {
		seen := s.awaitStatus(name, next.Instance, func(seen status.Status) bool { return !seen.Outages[0].Until.IsZero() })
		if !slices.ContainsFunc(seen.Terms, func(term status.Term) bool {
			return term.Leader == first.Instance && term.Term == first.Term && !term.Until.IsZero()
		}) {
			t.Errorf("%s has forgotten %s: %+v", name, first.Instance, seen.Terms)
		}
		if seen.Leader.Term != next.Term {
			t.Errorf("%s says term %d, want %d", name, seen.Leader.Term, next.Term)
		}
	}
}

// awaitStatus waits until an instance's status.json names the leader, and more.
func (s *scene) awaitStatus(instance, leader string, more func(status.Status) bool) (seen status.Status) {
	s.t.Helper()
	url := s.page(instance) + "status.json"
	s.until(fmt.Sprintf("%s says that %s leads, and more", instance, leader), func() bool {
		answer, err := http.Get(url)
		if err != nil {
			s.t.Fatal(err)
		}
		defer answer.Body.Close()
		seen = status.Status{}
		s.must(json.NewDecoder(answer.Body).Decode(&seen))
		return seen.Leader != nil && seen.Leader.Leader == leader && more(seen)
	})
	return seen
}
