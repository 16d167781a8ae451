package conformance

import (
	"slices"
	"strings"
	"testing"

	"burrow.example/zookeeper/zktest"
)

// minEntries is what the script must have asked for the comparison to mean anything.
const minEntries = 1000

// TestReplay runs the script against zktest and against a real server, and compares.
func TestReplay(t *testing.T) {
	real := realServer(t)
	ours := zktest.RunT(t, zktest.Super("super:test"))
	compareReplies(t, real.Addr(), ours.Addr(), false)
}

// compareReplies runs the script against two servers and compares.
func compareReplies(t *testing.T, real, ours string, ensemble bool) {
	t.Helper()
	want, err := Replay(real, ensemble)
	if err != nil {
		t.Fatalf("replay against the real server: %v", err)
	}
	got, err := Replay(ours, ensemble)
	if err != nil {
		t.Fatalf("replay against zktest: %v", err)
	}
	if len(got) != len(want) || len(got) < minEntries {
		t.Fatalf("%d steps against zktest, %d against the real server, at least %d wanted", len(got), len(want), minEntries)
	}
	differences := 0
	for i := range want {
		if slices.Equal(got[i].Fields, want[i].Fields) {
			continue
		}
		if differences++; differences <= 40 {
			t.Errorf("%s\n real: %s\nzktest: %s", want[i].Step, strings.Join(want[i].Fields, "; "), strings.Join(got[i].Fields, "; "))
		}
	}
	t.Logf("%d steps, %d differences", len(want), differences)
}
