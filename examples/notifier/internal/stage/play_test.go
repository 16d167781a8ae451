package stage

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// pulse has somebody act all the time, as the function says, until the test is over.
func pulse(t *testing.T, ledger *Ledger, who func() (string, int64)) {
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); <-done })
	go func() { // ends with the test, which waits for it
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				instance, term := who()
				ledger.Record(instance, term, "check")
			}
		}
	}()
}

// TestPlayNotesWhoLeads: a play must not take for kept what was lost, nor the other way round.
func TestPlayNotesWhoLeads(t *testing.T) {
	var changes = make(chan struct{})
	ledger := NewLedger()
	instance, term := "one", int64(1)
	pulse(t, ledger, func() (string, int64) {
		select {
		case <-changes:
			instance, term = "two", term+1
		default:
		}
		return instance, term
	})
	p := &Play{
		Teller: NewTeller(&bytes.Buffer{}), Verdict: &Verdict{Receiver: NewReceiver(NewTeller(&bytes.Buffer{}), ledger), Ledger: ledger},
		InLine: func(context.Context) error { return nil },
	}
	if err := p.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	change := func(context.Context) (string, time.Time, error) {
		changes <- struct{}{}
		return "one", time.Now(), nil
	}
	if err := p.HandOver(t.Context(), "ended", "", change); err != nil {
		t.Error(err)
	}
	if err := p.Kept(t.Context(), "shaken", "", func(context.Context) error { return nil }); err != nil || len(p.Verdict.Problems) > 0 {
		t.Errorf("kept, and noted %v, %v", p.Verdict.Problems, err)
	}
	err := p.Kept(t.Context(), "struck", "", func(ctx context.Context) error {
		_, _, err := change(ctx)
		return err
	})
	if err != nil || len(p.Verdict.Problems) != 1 || !strings.Contains(p.Verdict.Problems[0], "struck: two lost the lead") {
		t.Errorf("lost, and noted %v, %v", p.Verdict.Problems, err)
	}
	if h := p.Verdict.HandOvers; len(h) != 3 || h[0].From != "one" || h[0].To != "two" || h[1].took() != "kept" || h[2].took() == "kept" {
		t.Errorf("hand-overs are %+v", h)
	}
}
