package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// report is a table of what was predicted and what was measured.
type report struct {
	title string
	rows  []row
	notes []string
}

type row struct {
	what                string
	predicted, measured float64
	tolerance           float64 // as a part of what was predicted
	atMost              bool    // it was a bound
}

func (r row) ok() bool {
	slack := r.predicted * r.tolerance
	if r.atMost {
		return r.measured <= r.predicted+slack
	}
	return math.Abs(r.measured-r.predicted) <= slack
}

// exactly, about and atMost add a row. Rates are counted over a while, so that a beat more or less is within it.
func (r *report) exactly(what string, predicted, measured int) {
	r.rows = append(r.rows, row{what: what, predicted: float64(predicted), measured: float64(measured)})
}

func (r *report) about(what string, predicted, measured, tolerance float64) {
	r.rows = append(r.rows, row{what: what, predicted: predicted, measured: measured, tolerance: tolerance})
}

func (r *report) atMost(what string, predicted, measured float64) {
	r.rows = append(r.rows, row{what: what, predicted: predicted, measured: measured, atMost: true})
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) heap(before, there reading) {
	if there.Heap > 0 {
		r.note("the server's heap: %d MB before, %d MB with them (garbage included)", before.Heap, there.Heap)
	}
}

// ok reports whether everything was as predicted.
func (r *report) ok() bool { return !slices.ContainsFunc(r.rows, func(r row) bool { return !r.ok() }) }

func (r *report) print(out io.Writer) {
	const line = "  %-64s %12s %12s  %s\n"
	fmt.Fprintf(out, "\n%s\n\n", r.title)
	fmt.Fprintf(out, line, "", "predicted", "measured", "")
	for _, row := range r.rows {
		bound, verdict := "", ""
		if row.atMost {
			bound = "≤ "
		}
		if !row.ok() {
			verdict = "NOT AS PREDICTED"
		}
		fmt.Fprintf(out, line, row.what, bound+number(row.predicted), number(row.measured), verdict)
	}
	fmt.Fprintln(out)
	for _, note := range r.notes {
		fmt.Fprintf(out, "  %s\n", note)
	}
}

func number(v float64) string {
	if v == math.Trunc(v) || math.Abs(v) >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// spell names requests, the most frequent first.
func spell(c count, times float64) string {
	ops := slices.SortedFunc(maps.Keys(c.Requests), func(a, b op) int {
		if n := c.Requests[b] - c.Requests[a]; n != 0 {
			return n
		}
		return int(a - b)
	})
	var words []string
	for _, o := range ops {
		words = append(words, fmt.Sprintf("%s %s", number(float64(c.Requests[o])/times), o))
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
