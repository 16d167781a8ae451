package main

import (
	"testing"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

const ms = time.Millisecond

// acts makes the records of a term that acts every beat from one time to another, both included.
func acts(term int64, from, to time.Duration) []instance.Record {
	records := []instance.Record{{At: from, Kind: instance.Started, Term: term}}
	for at := from; at <= to; at += instance.Beat {
		records = append(records, instance.Record{At: at, Kind: instance.Action, Term: term})
	}
	return append(records, instance.Record{At: to, Kind: instance.Ended, Term: term})
}

func join(parts ...[]instance.Record) (all []instance.Record) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestTimeline(t *testing.T) {
	tests := []struct {
		name       string
		fleet      []deeds
		overlap    time.Duration
		overtaken  int
		disordered int
		gap        time.Duration // within 0 to 3 s
	}{
		{
			name:  "one leader all the time",
			fleet: []deeds{{"a", acts(1, 0, 3000*ms)}, {"b", nil}},
		},
		{
			name:  "handed over",
			fleet: []deeds{{"a", acts(1, 0, 1000*ms)}, {"b", acts(2, 1020*ms, 3000*ms)}},
		},
		{
			name:  "handed over late",
			fleet: []deeds{{"a", acts(1, 0, 1000*ms)}, {"b", acts(2, 1300*ms, 3000*ms)}},
			gap:   300 * ms,
		},
		{
			name:      "two at a time",
			fleet:     []deeds{{"a", acts(1, 0, 1200*ms)}, {"b", acts(2, 1000*ms, 3000*ms)}},
			overlap:   200 * ms,
			overtaken: 21, // from 1000 to 1200 ms, both included
		},
		{
			name:      "three at a time count once",
			fleet:     []deeds{{"a", acts(1, 0, 1200*ms)}, {"b", acts(2, 1000*ms, 1200*ms)}, {"c", acts(3, 1100*ms, 3000*ms)}},
			overlap:   200 * ms,
			overtaken: 21 + 11,
		},
		{
			name: "a stopped process does not overlap, but acts when it goes on",
			fleet: []deeds{
				{"a", join(acts(1, 0, 500*ms)[:52], acts(1, 2000*ms, 2030*ms)[1:])},
				{"b", acts(2, 1000*ms, 3000*ms)},
			},
			overlap:   30 * ms,
			overtaken: 4,
			gap:       500 * ms,
		},
		{
			name:      "one late action overtakes without any width",
			fleet:     []deeds{{"a", join(acts(1, 0, 500*ms), acts(1, 1500*ms, 1500*ms)[1:])}, {"b", acts(2, 520*ms, 3000*ms)}},
			overtaken: 1,
		},
		{
			name:       "the same instance twice, tokens out of order",
			fleet:      []deeds{{"a", join(acts(7, 0, 1000*ms), acts(6, 1040*ms, 3000*ms))}},
			disordered: 1,
		},
		{
			name: "nobody at all",
			gap:  3000 * ms,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := turns(tt.fleet)
			if got := overlap(all); got != tt.overlap {
				t.Errorf("overlap = %v, want %v", got, tt.overlap)
			}
			if got := overtaken(all); got != tt.overtaken {
				t.Errorf("overtaken = %d, want %d", got, tt.overtaken)
			}
			if got := disordered(all); got != tt.disordered {
				t.Errorf("disordered = %d, want %d", got, tt.disordered)
			}
			gap := longestGap(all, span{0, 3000 * ms})
			if got := gap.length(); got != tt.gap {
				t.Errorf("gap = %v (%v), want %v", got, gap, tt.gap)
			}
		})
	}
}

func TestLeastTrust(t *testing.T) {
	action := func(at time.Duration, left string) instance.Record {
		return instance.Record{At: at, Kind: instance.Action, Text: left}
	}
	fleet := []deeds{
		{"a", []instance.Record{action(1*ms, "1s"), action(2*ms, "3s"), action(3*ms, "2.5s")}},
		{"b", []instance.Record{action(4*ms, "3.9s"), {At: 5 * ms, Kind: instance.Ended, Text: "1ms"}}},
	}
	if got := leastTrust(fleet, 2*ms); got != 2500*ms {
		t.Errorf("leastTrust = %v, want 2.5s", got)
	}
	if got := leastTrust([]deeds{{"a", acts(1, 0, 10*ms)}}, 0); got != 0 {
		t.Errorf("leastTrust of a fleet that says nothing of it = %v", got)
	}
}

func TestSettledAt(t *testing.T) {
	tests := []struct {
		name  string
		fleet []deeds
		since time.Duration
		ok    bool
	}{
		{"alone from the beginning", []deeds{{"a", acts(1, 0, 3000*ms)}}, 0, true},
		{"since the other one ended", []deeds{{"a", acts(1, 0, 1200*ms)}, {"b", acts(2, 1000*ms, 3000*ms)}}, 1200 * ms, true},
		{"since its own pause", []deeds{{"a", join(acts(1, 0, 500*ms)[:52], acts(1, 2000*ms, 3000*ms)[1:])}}, 2000 * ms, true},
		{"two still acting", []deeds{{"a", acts(1, 0, 3000*ms)}, {"b", acts(2, 1000*ms, 3000*ms)}}, 0, false},
		{"ended", []deeds{{"a", acts(1, 0, 2000*ms)}}, 0, false},
		{"nobody", nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			since, ok := settledAt(turns(tt.fleet), 3000*ms)
			if since != tt.since || ok != tt.ok {
				t.Errorf("settledAt = %v, %v, want %v, %v", since, ok, tt.since, tt.ok)
			}
		})
	}
}

func TestActingAt(t *testing.T) {
	all := turns([]deeds{{"a", acts(1, 0, 1000*ms)}, {"b", acts(2, 1500*ms, 3000*ms)}})
	for at, want := range map[time.Duration]string{500 * ms: "a", 1400 * ms: "a", 2000 * ms: "b"} {
		if got, ok := actingAt(all, at); !ok || got.id != want {
			t.Errorf("actingAt(%v) = %q, %v, want %q", at, got.id, ok, want)
		}
	}
	if got, ok := actingAt(all, 0); ok {
		t.Errorf("actingAt(0) = %q, want nobody", got.id)
	}
}
