package uptime

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
)

var testLog = zap.NewNop()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handOver is how long nobody leads after a leader has died.
const handOver = 6 * time.Second

// outage runs a shop that goes down after 12 s and comes back after 63 s under leaders that the given faults
// hit, one after the other, and then under one that lives on. It returns the world after two minutes.
func outage(t *testing.T, faults ...fault) *world {
	t.Helper()
	w := newWorld()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		time.AfterFunc(12*time.Second, func() { w.setDown("shop", true) })
		time.AfterFunc(63*time.Second, func() { w.setDown("shop", false) })
		for ctx.Err() == nil {
			var f fault
			if len(faults) > 0 {
				f, faults = faults[0], faults[1:]
			}
			l := w.elect(ctx, f)
			w.duty(l, "shop").Run(l)
			sleep(ctx, handOver)
		}
	})
	return w
}

// tell checks what every run has to end with: one open, one close, nothing left, and at most one repetition,
// of the same body, for each fault that can fall between a delivery and the note that it was made.
func tell(w *world, faults ...fault) error {
	excused := 0
	for _, f := range faults {
		if f.late || f.dies {
			excused++
		}
	}
	switch story := w.story(); {
	case !slices.Equal(story, []string{"shop:open", "shop:close"}):
		return fmt.Errorf("the webhook was told %v", story)
	case w.received[0].Incident != w.received[1].Incident:
		return fmt.Errorf("incident %s opened and %s closed", w.received[0].Incident, w.received[1].Incident)
	case w.repeats > excused:
		return fmt.Errorf("%d repetitions, %d excused", w.repeats, excused)
	case w.altered > 0:
		return fmt.Errorf("%d repetitions with another body", w.altered)
	case w.stale > 0:
		return fmt.Errorf("%d requests of an earlier term", w.stale)
	case w.incidents() > 0:
		return fmt.Errorf("%d incidents left", w.incidents())
	}
	return nil
}

func TestOutageWithoutFaults(t *testing.T) {
	w := outage(t)
	if err := tell(w); err != nil {
		t.Fatal(err)
	}
	opened, closed := w.received[0], w.received[1]
	if got := closed.Until.Sub(opened.Since); got != 50*time.Second {
		t.Errorf("the outage took %v, want 50s", got)
	}
	if opened.Reason == "" || opened.Term != 10 || closed.Term != 10 {
		t.Errorf("events lack reason or term: %+v, %+v", opened, closed)
	}
}

// TestCrashAtEveryPoint kills the leader at each thing it does during an outage, before and after it has taken
// effect, and its successor as well; and loses each answer without killing anybody.
func TestCrashAtEveryPoint(t *testing.T) {
	calm := outage(t)
	if calm.effects < 20 {
		t.Fatalf("only %d things to die at: the story is too short to prove anything", calm.effects)
	}
	runs, repeats := 0, 0
	run := func(faults ...fault) {
		runs++
		w := outage(t, faults...)
		repeats += w.repeats
		if err := tell(w, faults...); err != nil {
			t.Errorf("%+v: %v", faults, err)
		}
	}
	kinds := []fault{{dies: true}, {dies: true, late: true}, {}, {late: true}}
	for _, first := range kinds {
		for first.at = 1; first.at <= calm.effects; first.at++ {
			run(first)
			for _, second := range kinds[:2] {
				for second.at = 1; second.at <= 8; second.at++ {
					run(first, second)
				}
			}
		}
	}
	if repeats == 0 {
		t.Error("no run made a leader repeat a delivery: the faults miss the moment between POST and mark")
	}
	t.Logf("%d runs, %d repeated deliveries, all recognised by their key", runs, repeats)
}
