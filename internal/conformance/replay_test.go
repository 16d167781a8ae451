package conformance

import (
	"flag"
	"os"
	"strings"
	"testing"

	"burrow.example/zookeeper/zktest"
)

// minEntries is what the script must have asked for the comparison to mean anything.
const minEntries = 1000

// recording is what a real ZooKeeper 3.8.0 answered, a line for every step.
const recording = "testdata/recording.txt"

var record = flag.Bool("record", false, "write down anew what the real server answers")

// TestReplay runs the script against zktest and against a real server, and compares.
func TestReplay(t *testing.T) {
	real, err := Replay(realServer(t).Addr(), false)
	if err != nil {
		t.Fatalf("replay against the real server: %v", err)
	}
	if *record {
		var lines []string
		for _, e := range real {
			lines = append(lines, e.line())
		}
		if err := os.WriteFile(recording, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compareReplies(t, real, replayOurs(t, zktest.RunT(t, zktest.Super("super:test")).Addr(), false))
	compareLines(t, recorded(t), real) // or the recording is out of date
}

// TestRecording compares zktest with what a real server has answered once: it needs none.
func TestRecording(t *testing.T) {
	compareLines(t, recorded(t), replayOurs(t, zktest.RunT(t, zktest.Super("super:test")).Addr(), false))
}

func replayOurs(t *testing.T, addr string, ensemble bool) []Entry {
	t.Helper()
	ours, err := Replay(addr, ensemble)
	if err != nil {
		t.Fatalf("replay against zktest: %v", err)
	}
	return ours
}

// line is an entry on one line.
func (e Entry) line() string { return e.Step + ": " + strings.Join(e.Fields, "; ") }

// recorded reads the recording.
func recorded(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// compareReplies compares what two servers have answered.
func compareReplies(t *testing.T, want, got []Entry) {
	t.Helper()
	var lines []string
	for _, e := range want {
		lines = append(lines, e.line())
	}
	compareLines(t, lines, got)
}

func compareLines(t *testing.T, want []string, got []Entry) {
	t.Helper()
	if len(got) != len(want) || len(got) < minEntries {
		t.Fatalf("%d steps, want %d, and at least %d", len(got), len(want), minEntries)
	}
	differences := 0
	for i := range want {
		if line := got[i].line(); line != want[i] {
			if differences++; differences <= 40 {
				t.Errorf("step %d\nwant %s\n got %s", i+1, want[i], line)
			}
		}
	}
	t.Logf("%d steps, %d differences", len(want), differences)
}
