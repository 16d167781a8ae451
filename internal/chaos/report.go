package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

// row is what a fleet of one kind did under one fault, in every repetition.
type row struct {
	fault   fault
	kind    string
	results []result
}

// report is the whole of a run.
type report struct {
	machine   string
	zookeeper string
	settings  string
	trips     []time.Duration // of the observers' writes before the faults
	rows      []row
}

// add books one repetition.
func (r *report) add(of fault, kind string, got result) {
	for i := range r.rows {
		if r.rows[i].fault.name == of.name && r.rows[i].kind == kind {
			r.rows[i].results = append(r.rows[i].results, got)
			return
		}
	}
	r.rows = append(r.rows, row{of, kind, []result{got}})
}

// broken lists the bounds that the library broke, one a line.
func (r *report) broken() (lines []string) {
	for _, row := range r.rows {
		for i, got := range row.results {
			if row.kind == instance.Library && len(got.broken) > 0 {
				lines = append(lines, fmt.Sprintf("%s, repetition %d: %s", row.fault.name, i+1, strings.Join(got.broken, "; ")))
			}
		}
	}
	return lines
}

// markdown writes the report. Where a cell has several figures they are those of the repetitions, in order.
func (r *report) markdown(out io.Writer) {
	fmt.Fprintf(out, "%s. %s. %s\n\n", r.machine, r.zookeeper, r.settings)
	fmt.Fprintln(out, "| fault | client | overlap ms | overtaken actions | gap ms | led before → after | trust left ms | new leader | one leader again, s after healing | bounds |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|")
	previous := ""
	for _, row := range r.rows {
		name := row.fault.brief
		if row.fault.name == previous {
			name = ""
		}
		previous = row.fault.name
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name, row.kind,
			row.cell(func(g result) string { return millis(g.overlap) }),
			row.cell(func(g result) string { return fmt.Sprint(g.overtaken) }),
			row.cell(func(g result) string { return millis(g.gap) }),
			row.cell(result.led),
			row.cell(result.spare),
			row.cell(func(g result) string { return or(g.handover, "–") }),
			row.cell(result.recovery),
			row.verdict())
	}
}

// cell joins what the repetitions have to say, once if all say the same.
func (r row) cell(say func(result) string) string {
	var all []string
	same := true
	for _, got := range r.results {
		all = append(all, say(got))
		same = same && all[0] == all[len(all)-1]
	}
	if same && len(all) > 0 {
		return all[0]
	}
	return strings.Join(all, " / ")
}

func (r row) verdict() string {
	met := 0
	for _, got := range r.results {
		if len(got.broken) == 0 {
			met++
		}
	}
	return fmt.Sprintf("met %d of %d", met, len(r.results))
}

// quantile returns the smallest of some durations that a share of them does not exceed.
func quantile(of []time.Duration, share float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return round(sorted[min(len(sorted)-1, int(share*float64(len(sorted))))])
}

func millis(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

func (r result) led() string {
	if r.kept {
		return r.before + ", kept"
	}
	return r.before + " → " + r.after
}

// spare is how close it was.
func (r result) spare() string {
	if r.trust == 0 {
		return "–"
	}
	return millis(r.trust)
}

func (r result) recovery() string {
	text := "never"
	if r.recovered >= 0 {
		text = fmt.Sprintf("%.1f", r.recovered.Seconds())
	}
	if len(r.crashed) > 0 {
		text += fmt.Sprintf(" (%s panicked)", strings.Join(r.crashed, ", "))
	}
	return text
}
