package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

func TestReport(t *testing.T) {
	r := &report{machine: "a machine", zookeeper: "a ZooKeeper", settings: "settings"}
	of := fault{name: "reset", brief: "connection reset", promise: keeps}
	r.add(of, instance.Library, result{before: "a", after: "a", kept: true, trust: 1234 * ms})
	r.add(of, instance.Burrow, result{before: "a", after: "-", recovered: -1, crashed: []string{"a"}, broken: []string{"leadership lost"}})
	r.add(of, instance.Library, result{before: "a", after: "b", overlap: 12 * ms, overtaken: 2, gap: 250 * ms,
		handover: "70ms after expiry", recovered: 1500 * ms, broken: []string{"overlap 12ms", "leadership lost"}})

	var out strings.Builder
	r.markdown(&out)
	for _, want := range []string{
		"a machine. a ZooKeeper. settings",
		"| connection reset | library | 0 / 12 | 0 / 2 | 0 / 250 | a, kept / a → b | 1234 / – | – / 70ms after expiry | 0.0 / 1.5 | met 1 of 2 |",
		"|  | burrow | 0 | 0 | 0 | a → - | – | – | never (a panicked) | met 0 of 1 |",
	} {
		if !slices.Contains(strings.Split(out.String(), "\n"), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 11 {
			t.Errorf("not ten cells: %s", line)
		}
	}
	want := []string{"reset, repetition 2: overlap 12ms; leadership lost"}
	if got := r.broken(); !slices.Equal(got, want) {
		t.Errorf("broken = %q, want %q: the baseline breaks nothing of ours", got, want)
	}
}

func TestQuantile(t *testing.T) {
	durations := []time.Duration{400 * ms, 100 * ms, 300 * ms, 200 * ms}
	for share, want := range map[float64]time.Duration{0: 100 * ms, 0.5: 300 * ms, 0.99: 400 * ms, 1: 400 * ms} {
		if got := quantile(durations, share); got != want {
			t.Errorf("quantile(%v) = %v, want %v", share, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing = %v", got)
	}
}
