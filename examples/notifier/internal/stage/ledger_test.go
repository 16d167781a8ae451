package stage

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestLedger(t *testing.T) {
	l := NewLedger()
	for _, a := range []Action{
		{Instance: "one", Term: 5}, {Instance: "one", Term: 5}, {Instance: "two", Term: 9},
		{Instance: "one", Term: 5},   // overtaken
		{Instance: "three", Term: 9}, // the same term, and somebody else's
		{Instance: "two", Term: 9},
	} {
		l.Record(a.Instance, a.Term, "check")
	}
	if overlaps := l.Overlaps(); len(overlaps) != 2 || overlaps[0].Instance != "one" || overlaps[1].Instance != "three" {
		t.Errorf("overlaps are %v", overlaps)
	}
	if leaders := l.Leaders(); len(leaders) != 2 || l.Last().Instance != "two" || l.Count() != 6 {
		t.Errorf("leaders are %v, the last %v, of %d actions", leaders, l.Last(), l.Count())
	}
	if next, err := l.Await(t.Context(), 5); err != nil || next.Instance != "two" {
		t.Errorf("above term 5 there is %v, %v", next, err)
	}
}

func TestLedgerWaits(t *testing.T) {
	l := NewLedger()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Await(ctx, 0); err == nil || !strings.Contains(err.Error(), "nobody took the lead: waited too long") {
		t.Errorf("got %v", err)
	}
	if err := l.AwaitMore(ctx, 1); err == nil || !strings.Contains(err.Error(), "does nothing") {
		t.Errorf("got %v", err)
	}
	go func() { // ends by itself
		for range 3 {
			l.Record("one", 7, "check")
		}
	}()
	if a, err := l.Await(t.Context(), 0); err != nil || a.Instance != "one" {
		t.Errorf("got %v, %v", a, err)
	}
}
