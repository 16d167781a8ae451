package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"burrow.example/zookeeper/bench/internal/sample"
)

func ptr(x float64) *float64 { return &x }

// run is one in which the library hands over in 1 or 1.2 ms, and the best peer in 2 or factor times that.
func run(peer float64) *Report {
	return &Report{
		Machine: []string{"a machine"},
		Measurements: []*Measurement{
			{ID: "handover-2", Title: "Clean hand-over, 2 candidates", Unit: "ms", How: "How.", PerSecond: true, Rows: []Row{
				{Kind: "x", Label: "ours, fast", Ours: true, Rounds: sample.Rounds{{1, 1}, {1, 1}}, Requests: &Requests{1, "delete 1"}},
				{Kind: "y", Label: "ours, slow", Ours: true, Rounds: sample.Rounds{{1.2, 1.2}, {1.2, 1.2}}, Requests: &Requests{3.2, "delete 1"}},
				{Kind: "go-zk-lock", Label: "peer", Rounds: sample.Rounds{{peer, peer}, {peer, peer}}},
				{Kind: "z", Label: "slower peer", Rounds: sample.Rounds{{90, 90}, {90, 90}}},
			}},
			{ID: "get", Title: "Get", Unit: "µs", How: "How.", Rows: []Row{
				{Label: "ours", Ours: true, Rounds: sample.Rounds{{100}}, Allocs: ptr(15)},
				{Label: "conn", Rounds: sample.Rounds{{100}}, Allocs: ptr(14)},
			}},
		},
		Idle: []Idle{
			{Label: "conn", Go: true, Goroutines: 3, Heap: 3 << 20},
			{Label: "ours: leader", Ours: true, Go: true, Goroutines: 7, Heap: 3<<20 + 1<<10, Operations: 120},
			{Label: "ours: standby", Ours: true, Go: true, Goroutines: 5, Heap: 5 << 20, Operations: 1},
		},
	}
}

func verdicts(r *Report) map[string]Verdict {
	r.Judge()
	all := make(map[string]Verdict)
	for _, v := range r.Verdicts {
		all[v.Target] = v
	}
	return all
}

func TestJudge(t *testing.T) {
	const handOver = "Clean hand-over, 2 candidates: at most 0.7 × the best peer"
	cases := []struct {
		peer     float64
		target   string
		met      bool
		measured string
	}{
		{2, handOver, true, "0.50 and 0.60 × peer"},
		{1.5, handOver, false, "0.67 and 0.80 × peer"}, // both of our rows must
		{2, "Clean hand-over, 2 candidates: at most 3 requests", false, "3.2"},
		{2, "Get: at most 1.02 × the time of a zk.Conn", true, "1.00 × conn"},
		{2, "Get: no extra allocation", false, "15.0 − 14.0"},
		{2, "Leader: one check every T/12, 120 a minute", true, "120 a minute ()"},
		{2, "ours: leader: at most 3 goroutines beyond a zk.Conn's", false, "4"},
		{2, "ours: leader: heap less than 1 MiB beyond a zk.Conn's", true, "1 KiB"},
		{2, "ours: standby: heap less than 1 MiB beyond a zk.Conn's", false, "2048 KiB"},
		{2, "Further behind: nothing but pings", false, "1 a minute"},
	}
	for _, c := range cases {
		v, ok := verdicts(run(c.peer))[c.target]
		if !ok || v.Met != c.met || v.Measured != c.measured {
			t.Errorf("%s: %+v, want met %t, measured %q", c.target, v, c.met, c.measured)
		}
	}
}

func TestMarkdown(t *testing.T) {
	r := run(2)
	r.Judge()
	var out strings.Builder
	r.Markdown(&out, "plots")
	for _, want := range []string{
		"- a machine\n",
		"| Clean hand-over, 2 candidates: at most 0.7 × the best peer | 0.50 and 0.60 × peer | met |\n",
		"| Clean hand-over, 2 candidates: at most 3 requests | 3.2 | **missed** |\n",
		"| client | median, ms | quartiles | library ÷ it | spread | per second | requests | of which |\n",
		"| ours, fast | 1.00 | 1.00 – 1.00 |  |  | 1000 | 1.0 | delete 1 |\n",
		"| peer | 2.00 | 2.00 – 2.00 | 0.60 | 0.60 – 0.60 | 500 |  |  |\n",
		"| ours | 100 | 100 – 100 |  |  | 15.0 |\n",
		"![Get](plots/get.svg)\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// TestSamplesSurvive being written and read again: the report can be rendered without another run.
func TestSamplesSurvive(t *testing.T) {
	text, err := json.Marshal(run(2))
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	var a, b strings.Builder
	run(2).Markdown(&a, "")
	again.Markdown(&b, "")
	if a.String() != b.String() {
		t.Errorf("%s\n\nis not\n\n%s", b.String(), a.String())
	}
}

func TestPlotsAreSVG(t *testing.T) {
	dir := t.TempDir()
	if err := run(2).Plots(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"handover-2.svg", "get.svg"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rects := 0
		for in := xml.NewDecoder(f); ; {
			token, err := in.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "path" || e.Name.Local == "rect") {
				rects++
			}
		}
		if rects < 4 {
			t.Errorf("%s: %d shapes", name, rects)
		}
	}
}

func TestBetween(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("above\n<!-- x -->\nold\n<!-- /x -->\nbelow\n")
	for range 2 { // the second time changes nothing
		if err := Between(file, "x", "new\n"); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(file)
		if want := "above\n<!-- x -->\n\nnew\n\n<!-- /x -->\nbelow\n"; string(got) != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	for _, text := range []string{"nothing\n", "<!-- x -->\nno end\n"} {
		write(text)
		if err := Between(file, "x", "new"); err == nil {
			t.Errorf("%q is written to", text)
		}
		if got, _ := os.ReadFile(file); string(got) != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
