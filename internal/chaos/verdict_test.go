package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// every returns times at a regular distance.
func every(step, from, to time.Duration) (times []time.Duration) {
	for at := from; at <= to; at += step {
		times = append(times, at)
	}
	return times
}

// The fault of these tests strikes at 10 s and heals at 20 s; nothing is known after 30 s.
func TestJudge(t *testing.T) {
	const s = time.Second
	calm := every(50*ms, s, 30*s)
	stalled := slices.Concat(every(50*ms, s, 10*s), every(50*ms, 19*s, 30*s))
	kept := []deeds{{"a", acts(1, s, 30*s)}, {"b", nil}}
	// passed has a lead until one time, and b from another.
	passed := func(until, from time.Duration) []deeds {
		return []deeds{{"a", acts(1, s, until)}, {"b", acts(2, from, 30*s)}}
	}
	tests := []struct {
		name   string
		given  evidence
		fleet  []deeds
		broken []string // beginnings
		after  string
	}{
		{"kept", evidence{promise: keeps, commits: calm}, kept, nil, "a"},
		{"not kept", evidence{promise: keeps, commits: calm}, passed(14*s, 14*s+50*ms), []string{"leadership lost"}, "b"},
		{"kept, with an interruption", evidence{promise: keeps, commits: calm},
			[]deeds{{"a", join(acts(1, s, 12*s)[:1102], acts(1, 13*s, 30*s)[1:])}}, []string{"gap 1s"}, "a"},
		{"kept over its own pause", evidence{promise: keeps, pause: s, commits: calm},
			[]deeds{{"a", join(acts(1, s, 12*s)[:1102], acts(1, 13*s, 30*s)[1:])}}, nil, "a"},
		{"kept, while the machine stood still", evidence{promise: keeps, commits: calm, beats: slices.Concat(every(10*ms, s, 12*s), every(10*ms, 13*s, 30*s))},
			[]deeds{{"a", join(acts(1, s, 12*s)[:1102], acts(1, 13*s, 30*s)[1:])}}, nil, "a"},
		{"passed in time", evidence{promise: passes, deleted: 16 * s, commits: calm}, passed(14*s, 16*s+90*ms), nil, "b"},
		{"passed late", evidence{promise: passes, deleted: 16 * s, commits: calm}, passed(14*s, 16*s+110*ms), []string{"leader 110ms after expiry"}, "b"},
		{"passed without expiry", evidence{promise: passes, commits: calm}, passed(14*s, 16*s), []string{"leader without expiry"}, "b"},
		{"never passed", evidence{promise: passes, deleted: 16 * s, commits: calm}, passed(14*s, 31*s)[:1],
			[]string{"no single leader", "no new leader"}, "-"},
		{"overlapping", evidence{promise: passes, deleted: 16 * s, commits: calm}, passed(17*s, 16*s+50*ms),
			[]string{"overlap 950ms", "96 overtaken"}, "b"},
		{"outage, back in time", evidence{promise: rides, commits: stalled}, passed(14*s, 19*s+400*ms), nil, "b"},
		{"outage, back late", evidence{promise: rides, commits: stalled}, passed(14*s, 19*s+600*ms), []string{"leader 600ms after commit"}, "b"},
		{"lost without an outage", evidence{promise: rides, commits: calm}, passed(14*s, 14*s+200*ms), []string{"leadership lost, commits stalled for 50ms"}, "b"},
		{"taken away", evidence{promise: takenAway, commits: calm, deleted: 10*s + 3*ms, guarded: 2 * ms}, passed(10*s, 10*s+20*ms), nil, "b"},
		{"taken away, unnoticed", evidence{promise: takenAway, commits: calm, deleted: 10 * s}, passed(10*s+20*ms, 10*s+20*ms),
			[]string{"old leader acted for 20ms", "guard not refused"}, "b"},
		{"handed over", evidence{promise: handsOver, commits: calm}, passed(10*s, 10*s+40*ms), nil, "b"},
		{"handed over late", evidence{promise: handsOver, commits: calm}, passed(10*s, 10*s+60*ms), []string{"leader 60ms after last action"}, "b"},
		{"recovered late", evidence{promise: recovers, commits: calm}, passed(9*s, 36*s), []string{"one leader 16s after healing"}, "b"},
		{"token that does not grow", evidence{promise: recovers, fenced: true, commits: calm},
			[]deeds{{"a", acts(5, s, 10*s)}, {"b", acts(5, 11*s, 30*s)}}, []string{"1 terms out of order"}, "b"},
		{"crashed", evidence{promise: recovers, commits: calm, crashed: []string{"b"}}, kept, []string{"crashed: b"}, "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.given
			if e.beats == nil {
				e.beats = every(10*ms, s, 40*s)
			}
			e.begun, e.healed, e.end = 10*s, 20*s, 30*s
			if tt.name == "recovered late" {
				e.end = 40 * s
				tt.fleet[1].records = acts(2, 36*s, 40*s)
			}
			e.turns = turns(tt.fleet)
			r := judge(e)
			ok := len(r.broken) == len(tt.broken)
			for i := 0; ok && i < len(tt.broken); i++ {
				ok = strings.HasPrefix(r.broken[i], tt.broken[i])
			}
			if !ok {
				t.Errorf("broken = %q, want %q", r.broken, tt.broken)
			}
			if r.after != tt.after {
				t.Errorf("after = %q, want %q", r.after, tt.after)
			}
		})
	}
}
