package stage

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Outage is one time that a site was down, as the play staged it.
type Outage struct {
	Began    time.Time
	Meantime string // what else happened, in a few words
}

// HandOver is one change of leader, as the play brought it about, or one that a fault did not bring about.
type HandOver struct {
	How      string // e.g. "killed (SIGKILL)"
	From, To string
	Kept     bool          // the lead stayed where it was, in the same term
	Took     time.Duration // from the fault to the next leader's first action
	Note     string        // what decides about it
}

func (h HandOver) took() string {
	switch {
	case h.Kept:
		return "kept"
	case h.Took < time.Second:
		return fmt.Sprintf("%d ms", h.Took.Milliseconds())
	}
	return seconds(h.Took)
}

// Verdict is what came of it all.
type Verdict struct {
	Outages   []Outage // in order
	HandOvers []HandOver
	Receiver  *Receiver
	Ledger    *Ledger
	Problems  []string // what else went wrong
}

// told is what the webhook heard of one outage.
type told struct {
	opens, closes, repeats int
	openedBy, closedBy     string
	incident               string
	mixed                  bool // the events are of different incidents
}

// perOutage sorts the deliveries by the outage in which they arrived.
func (v *Verdict) perOutage() []told {
	all := make([]told, len(v.Outages))
	for _, d := range v.Receiver.Deliveries() {
		at := -1
		for i, o := range v.Outages {
			if !d.At.Before(o.Began) {
				at = i
			}
		}
		if at < 0 {
			continue // Failures counts those
		}
		t := &all[at]
		t.repeats += d.Repeats
		if d.Event.Event == uptime.OpenEvent {
			t.opens++
			t.openedBy = d.From
		} else {
			t.closes++
			t.closedBy = d.From
		}
		t.mixed = t.mixed || t.incident != "" && t.incident != d.Event.Incident
		t.incident = d.Event.Incident
	}
	return all
}

// Failures says everything that was not as promised; empty if all was.
func (v *Verdict) Failures() []string {
	failures := append([]string(nil), v.Problems...)
	for i, t := range v.perOutage() {
		if t.opens != 1 || t.closes != 1 {
			failures = append(failures, fmt.Sprintf("outage %d had %d opens and %d closes", i+1, t.opens, t.closes))
		}
		if t.mixed {
			failures = append(failures, fmt.Sprintf("outage %d was told as more than one incident", i+1))
		}
	}
	for _, d := range v.Receiver.Deliveries() {
		if len(v.Outages) == 0 || d.At.Before(v.Outages[0].Began) {
			failures = append(failures, fmt.Sprintf("the webhook was told %s before the first outage", d.Event.Key()))
		}
	}
	for _, a := range v.Ledger.Overlaps() {
		failures = append(failures, fmt.Sprintf("%s acted (%s) after its term %d was over", a.Instance, a.What, a.Term))
	}
	return failures
}

// String is the summary: what the webhook heard, how long the hand-overs took, and the verdict.
func (v *Verdict) String() string {
	var s strings.Builder
	row := tabwriter.NewWriter(&s, 0, 0, 3, ' ', 0)
	fmt.Fprintln(row, "outage\tmeanwhile\tincident\topened by\tclosed by\topens\tcloses\trepeats dropped")
	for i, t := range v.perOutage() {
		fmt.Fprintf(row, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\n",
			i+1, v.Outages[i].Meantime, t.incident, t.openedBy, t.closedBy, t.opens, t.closes, t.repeats)
	}
	_ = row.Flush() // a strings.Builder takes everything
	s.WriteString("\n")
	fmt.Fprintln(row, "hand-over\tfrom\tto\ttook\t")
	for _, h := range v.HandOvers {
		fmt.Fprintf(row, "%s\t%s\t%s\t%s\t%s\n", h.How, h.From, h.To, h.took(), h.Note)
	}
	_ = row.Flush()
	fmt.Fprintf(&s, "\n%d actions under %d terms, %d of them by an instance that had been overtaken\n",
		v.Ledger.Count(), len(v.Ledger.Leaders()), len(v.Ledger.Overlaps()))
	failures := v.Failures()
	for _, f := range failures {
		s.WriteString("FAILED: " + f + "\n")
	}
	if len(failures) == 0 {
		s.WriteString("OK: one open and one close for every outage, and never two leaders at a time\n")
	}
	return trimLines(s.String())
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
