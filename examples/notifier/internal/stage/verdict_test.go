package stage

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// TestVerdict: a demonstration that cannot fail shows nothing.
func TestVerdict(t *testing.T) {
	const ok = "OK: one open and one close for every outage"
	cases := map[string]struct {
		deliveries []string // incident/event from, or "outage"
		overlap    bool
		problem    string
		want       string
	}{
		"good":            {[]string{"outage", "a/open one", "a/close one", "outage", "b/open one", "b/close two"}, false, "", ok},
		"repeated":        {[]string{"outage", "a/open one", "a/open two", "a/close two"}, false, "", ok},
		"no close":        {[]string{"outage", "a/open one"}, false, "", "FAILED: outage 1 had 1 opens and 0 closes"},
		"no open":         {[]string{"outage", "a/close one"}, false, "", "FAILED: outage 1 had 0 opens and 1 closes"},
		"nothing":         {[]string{"outage"}, false, "", "FAILED: outage 1 had 0 opens and 0 closes"},
		"two opens":       {[]string{"outage", "a/open one", "b/open two", "b/close two"}, false, "", "FAILED: outage 1 had 2 opens"},
		"another's close": {[]string{"outage", "a/open one", "b/close two"}, false, "", "FAILED: outage 1 was told as more than one"},
		"too early":       {[]string{"z/open one", "outage", "a/open one", "a/close one"}, false, "", "FAILED: the webhook was told z/open before"},
		"late close": {[]string{"outage", "a/open one", "outage", "a/close one", "b/open one", "b/close one"}, false, "",
			"FAILED: outage 2 had 1 opens and 2 closes"},
		"overlap": {[]string{"outage", "a/open one", "a/close one"}, true, "", "FAILED: old acted (check) after its term 1 was over"},
		"problem": {[]string{"outage", "a/open one", "a/close one"}, false, "it rained", "FAILED: it rained"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ledger := NewLedger()
			v := &Verdict{Receiver: NewReceiver(NewTeller(&bytes.Buffer{}), ledger), Ledger: ledger}
			for _, d := range c.deliveries {
				if d == "outage" {
					v.Outages = append(v.Outages, Outage{Began: time.Now(), Meantime: "leader killed"})
					continue
				}
				key, from, _ := strings.Cut(d, " ")
				incident, kind, _ := strings.Cut(key, "/")
				deliver(v.Receiver, from, 2, uptime.Event{Incident: incident, Event: uptime.Kind(kind)}, key)
			}
			ledger.overlaps = nil // of the made-up senders, which all have the same term
			if c.overlap {
				ledger.Record("old", 1, "check")
			}
			if c.problem != "" {
				v.Problems = append(v.Problems, c.problem)
			}
			v.HandOvers = []HandOver{
				{How: "killed", From: "one", To: "two", Took: 4720 * time.Millisecond, Note: "why"},
				{How: "ended", From: "two", To: "one", Took: 9 * time.Millisecond},
			}
			summary := v.String()
			if !strings.Contains(summary, c.want) || (c.want == ok) != (len(v.Failures()) == 0) {
				t.Errorf("want %q in\n%s", c.want, summary)
			}
			if strings.Contains(summary, ok) == strings.Contains(summary, "FAILED") {
				t.Errorf("both, or neither, OK and FAILED in\n%s", summary)
			}
			if !strings.Contains(summary, "4.7 s   why\n") || !strings.Contains(summary, "9 ms\n") {
				t.Errorf("hand-overs are missing in\n%s", summary)
			}
		})
	}
}
