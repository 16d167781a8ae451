package docs

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of faults into README.md instead of comparing it")

// The README's table of faults is the one of RESULTS.md, in short: what the worst of the runs of a fault was, where this
// library or Burrow's loop did not do as it should.
func TestFaultsAreThoseOfTheResults(t *testing.T) {
	results, err := fs.ReadFile(root, "RESULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := fs.ReadFile(root, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- chaos -->\n", "<!-- /chaos -->\n"
	before, rest, found := strings.Cut(string(readme), from)
	table, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("README.md has no %q and %q", from, to)
	}
	want := "\n" + summary(t, string(results)) + "\n"
	if *update {
		if err := os.WriteFile("../../README.md", []byte(before+from+want+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != want {
		t.Errorf("README.md does not have what is in RESULTS.md (go test ./internal/docs -run Faults -update writes it):\n%s", want)
	}
}

// run is a row of RESULTS.md.
type run struct {
	overlap, gap float64 // the longest, in seconds
	kept         bool    // the leader led on in every run
	never        bool    // there was not one leader again
	panics       bool
	met, of      int
}

var met = regexp.MustCompile(`met (\d+) of (\d+)`)

func summary(t *testing.T, results string) string {
	var b strings.Builder
	b.WriteString("| fault | two act at once, s | with Burrow's loop | nobody acts, s | with Burrow's loop |\n|---|--:|--:|--:|--:|\n")
	var fault string
	var library run
	well, all := 0, 0
	for line := range strings.Lines(results) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 10 || cells[1] != "library" && cells[1] != "burrow" {
			continue
		}
		score := met.FindStringSubmatch(cells[9])
		if score == nil {
			t.Fatalf("RESULTS.md: no bounds in %q", line)
		}
		r := run{overlap: longest(t, cells[2]), gap: longest(t, cells[4]), never: cells[8] == "never", panics: strings.Contains(cells[8], "panicked")}
		r.kept = strings.Contains(cells[5], "kept") && !strings.Contains(cells[5], "→")
		r.met, _ = strconv.Atoi(score[1])
		r.of, _ = strconv.Atoi(score[2])
		if cells[1] == "library" {
			fault, library = cells[0], r
			continue
		}
		all++
		if library.met == library.of && r.met == r.of {
			well++
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", fault, library.acting(), r.acting(), library.idle(), r.idle())
	}
	if all < 10 {
		t.Fatalf("RESULTS.md has %d faults", all)
	}
	fmt.Fprintf(&b, "| %d others: both did as they should | | | | |\n", well)
	return b.String()
}

func (r run) acting() string {
	text := seconds(r.overlap)
	if r.never && r.overlap > 0 {
		text += ", and on"
	}
	if r.panics {
		text += ", panics"
	}
	return text
}

func (r run) idle() string {
	switch {
	case r.never && r.overlap == 0:
		return "for good"
	case r.kept && r.gap < 0.2:
		return "0, kept"
	}
	return seconds(r.gap)
}

func seconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 0.1:
		return fmt.Sprintf("%.3f", s)
	}
	return fmt.Sprintf("%.1f", s)
}

// longest of "14862 / 13155 / 16480" milliseconds, or of a single figure, in seconds.
func longest(t *testing.T, cell string) float64 {
	t.Helper()
	var all []float64
	for _, figure := range strings.Split(cell, " / ") {
		ms, err := strconv.ParseFloat(figure, 64)
		if err != nil {
			t.Fatalf("RESULTS.md: %q: %v", cell, err)
		}
		all = append(all, ms/1000)
	}
	return slices.Max(all)
}
