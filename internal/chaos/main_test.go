package main

import (
	"strings"
	"testing"
)

func TestParsePlan(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		env    map[string]string
		faults string // comma-separated; empty: not looked at
		reps   int
		fails  string
	}{
		{name: "everything, three times", reps: 3},
		{name: "from the environment", env: map[string]string{"CHAOS_FAULTS": "reset,drop", "CHAOS_REPS": "5"}, faults: "reset,drop", reps: 5},
		{name: "the command line wins", args: []string{"-faults", "stop"}, env: map[string]string{"CHAOS_FAULTS": "drop"}, faults: "stop", reps: 3},
		{name: "short", env: map[string]string{"CHAOS_SHORT": "1"}, reps: 1},
		{name: "unknown fault", args: []string{"-faults", "flood"}, fails: `"flood"`},
		{name: "unknown client", args: []string{"-clients", "curator"}, fails: `"curator"`},
		{name: "no repetition", args: []string{"-reps", "0"}, fails: "reps 0"},
		{name: "nonsense in the environment", env: map[string]string{"CHAOS_REPS": "often"}, fails: `CHAOS_REPS="often"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := parsePlan(tt.args, func(key string) string { return tt.env[key] })
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("err = %v, want one that names %s", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range p.faults {
				names = append(names, f.name)
			}
			if got := strings.Join(names, ","); tt.faults != "" && got != tt.faults {
				t.Errorf("faults = %s, want %s", got, tt.faults)
			}
			if p.reps != tt.reps {
				t.Errorf("reps = %d, want %d", p.reps, tt.reps)
			}
		})
	}
}

// The short selection has one fault for each thing that is promised.
func TestShortSelection(t *testing.T) {
	chosen, err := choose("", true)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[promise]bool{}
	for _, f := range chosen {
		seen[f.promise] = true
	}
	for _, f := range faults {
		if !seen[f.promise] {
			t.Errorf("nothing in the short selection for %q, as of %s", f.promise, f.name)
		}
	}
}
