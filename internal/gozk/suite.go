//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// suitePackage is the package whose tests are run, from the module cache and unmodified.
const suitePackage = "github.com/go-zookeeper/zk"

// suite is one run of go-zookeeper's tests.
type suite struct {
	name    string
	bin     string // what ZOOKEEPER_BIN_PATH says
	results map[string]result
	took    time.Duration
}

type result struct {
	outcome string // pass, fail or skip
	seconds float64
	output  []string
}

// testEvent is a line of go test -json.
type testEvent struct {
	Action, Test, Output string
	Elapsed              float64
}

// run runs the tests whose names match.
func (s *suite) run(match string) error {
	args := []string{"test", "-json", "-count=1", "-timeout=20m"}
	if match != "" {
		args = append(args, "-run="+match)
	}
	cmd := exec.Command("go", append(args, suitePackage)...)
	cmd.Env = append(os.Environ(), "ZOOKEEPER_BIN_PATH="+s.bin, "ZK_SERVER_HEAP=128")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(kv string) bool { return strings.HasPrefix(kv, "ZK_VERSION=") })
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.results = map[string]result{}
	s.read(out)
	s.took = time.Since(start)
	err = cmd.Wait()
	if len(s.results) == 0 {
		return fmt.Errorf("%s: the suite did not run: %v", s.name, err)
	}
	return nil
}

func (s *suite) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Test == "" || strings.Contains(e.Test, "/") {
			continue
		}
		r := s.results[e.Test]
		switch e.Action {
		case "output":
			r.output = append(r.output, e.Output)
		case "pass", "fail", "skip":
			r.outcome, r.seconds = e.Action, e.Elapsed
		}
		s.results[e.Test] = r
	}
}

// report prints what passed where, and returns an error if anything did not on the first of suites.
func report(w io.Writer, suites []*suite) error {
	names := map[string]bool{}
	for _, s := range suites {
		for name := range s.results {
			names[name] = true
		}
	}
	fmt.Fprintf(w, "%-45s", "test")
	for _, s := range suites {
		fmt.Fprintf(w, "%-16s", s.name)
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(w, "%-45s", name)
		for _, s := range suites {
			r := s.results[name]
			if r.outcome == "" {
				r.outcome = "did not end"
			}
			fmt.Fprintf(w, "%-16s", fmt.Sprintf("%s %.1fs", r.outcome, r.seconds))
		}
		fmt.Fprintln(w)
	}
	for _, s := range suites {
		fmt.Fprintf(w, "%s: %s in %.0fs\n", s.name, s.tally(), s.took.Seconds())
	}
	return suites[0].verdict(w)
}

func (s *suite) tally() string {
	counts := map[string]int{}
	for _, r := range s.results {
		counts[r.outcome]++
	}
	return fmt.Sprintf("%d passed, %d failed, %d skipped", counts["pass"], len(s.results)-counts["pass"]-counts["skip"], counts["skip"])
}

// verdict prints the output of what failed.
func (s *suite) verdict(w io.Writer) error {
	failed := 0
	for _, name := range slices.Sorted(maps.Keys(s.results)) {
		if r := s.results[name]; r.outcome != "pass" && r.outcome != "skip" {
			failed++
			fmt.Fprintf(w, "\n%s", strings.Join(r.output, ""))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s: %d tests failed", s.name, failed)
	}
	return nil
}
