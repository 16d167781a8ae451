package report

import (
	"fmt"
	"io"
	"strings"

	"burrow.example/zookeeper/bench/internal/sample"
)

// Markdown writes the whole report. Plots are referred to below the given directory, unless it is empty.
func (r *Report) Markdown(out io.Writer, plots string) {
	for _, fact := range r.Machine {
		fmt.Fprintf(out, "- %s\n", fact)
	}
	fmt.Fprintf(out, "\n### Targets\n\n")
	r.verdicts(out)
	for _, m := range r.Measurements {
		fmt.Fprintf(out, "\n### %s\n\n%s\n\n", m.Title, m.How)
		m.table(out)
		if plots != "" {
			fmt.Fprintf(out, "\n![%s](%s)\n", m.Title, plots+"/"+m.ID+".svg")
		}
	}
	if len(r.Idle) > 0 {
		fmt.Fprintf(out, "\n### Idle\n\n%s\n\n", idleHow)
		r.idle(out)
	}
}

// Summary writes the few lines for the front page.
func (r *Report) Summary(out io.Writer) {
	t := table{head: []string{"median of"}}
	kinds := r.Measurements[0].Rows
	for _, row := range kinds {
		t.head = append(t.head, row.Label)
	}
	for _, m := range r.Measurements {
		if len(m.Rows) != len(kinds) {
			continue
		}
		cells := []string{strings.ToLower(m.Title[:1]) + m.Title[1:] + ", " + m.Unit}
		for i := range m.Rows {
			cells = append(cells, number(m.Rows[i].Median()))
		}
		t.rows = append(t.rows, cells)
	}
	t.write(out)
}

func (r *Report) verdicts(out io.Writer) {
	t := table{head: []string{"target", "measured", ""}}
	for _, v := range r.Verdicts {
		word := "met"
		if !v.Met {
			word = "**missed**"
		}
		t.rows = append(t.rows, []string{v.Target, v.Measured, word})
	}
	t.write(out)
}

func (m *Measurement) table(out io.Writer) {
	t := table{head: []string{"client", "median, " + m.Unit, "quartiles", "library ÷ it", "spread"}}
	counted, joining, allocs := false, false, false
	for i := range m.Rows {
		counted = counted || m.Rows[i].Requests != nil
		joining = joining || m.Rows[i].Joining != nil
		allocs = allocs || m.Rows[i].Allocs != nil
	}
	add := func(wanted bool, heads ...string) {
		if wanted {
			t.head = append(t.head, heads...)
		}
	}
	add(m.PerSecond, "per second")
	add(counted, "requests", "of which")
	add(joining, "to queue again")
	add(allocs, "allocations")
	ours := m.ours()
	for i := range m.Rows {
		row := &m.Rows[i]
		all := row.Rounds.All()
		cells := []string{row.Label, number(sample.Median(all)),
			number(sample.Quantile(all, 0.25)) + " – " + number(sample.Quantile(all, 0.75)), "", ""}
		if ours != nil && !row.Ours {
			ratio := sample.Compare(ours.Rounds, row.Rounds)
			cells[3], cells[4] = fmt.Sprintf("%.2f", ratio.Of), fmt.Sprintf("%.2f – %.2f", ratio.Low, ratio.High)
		}
		if m.PerSecond {
			cells = append(cells, number(m.unit()/sample.Median(all)))
		}
		if counted {
			cells = append(cells, row.Requests.number(), row.Requests.which())
		}
		if joining {
			cells = append(cells, row.Joining.number())
		}
		if allocs {
			cells = append(cells, row.allocs())
		}
		t.rows = append(t.rows, cells)
	}
	t.write(out)
}

// unit returns how many of the measurement's unit are a second.
func (m *Measurement) unit() float64 {
	return map[string]float64{"ms": 1e3, "µs": 1e6, "ns": 1e9}[m.Unit]
}

func (q *Requests) number() string {
	if q == nil {
		return ""
	}
	return fmt.Sprintf("%.1f", q.PerTurn)
}

func (q *Requests) which() string {
	if q == nil {
		return ""
	}
	return q.Which
}

func (r *Row) allocs() string {
	if r.Allocs == nil {
		return ""
	}
	return fmt.Sprintf("%.1f", *r.Allocs)
}

const idleHow = "Processes of one session each, watched while they do nothing. *Leader* holds the lock, *next* is the first " +
	"behind it, *standby* one further behind. CPU, requests and payload are per minute. Goroutines and heap (after a collection) " +
	"are what opening the session and queueing have added to the process."

func (r *Report) idle(out io.Writer) {
	t := table{head: []string{"process", "CPU, ms", "pings", "other requests", "bytes on the wire", "goroutines", "heap, KiB", "threads", "resident, MiB"}}
	for _, i := range r.Idle {
		goroutines, heap := "", ""
		if i.Go {
			goroutines, heap = fmt.Sprintf("%.0f", i.Goroutines), fmt.Sprintf("%.0f", i.Heap/1024)
		}
		others := fmt.Sprintf("%.0f", i.Operations)
		if i.Which != "" {
			others += " (" + i.Which + ")"
		}
		t.rows = append(t.rows, []string{i.Label, number(i.CPU), fmt.Sprintf("%.0f", i.Pings), others,
			fmt.Sprintf("%.0f", i.Wire), goroutines, heap, fmt.Sprintf("%.0f", i.Threads), number(i.Resident / (1 << 20))})
	}
	t.write(out)
}

// number writes three digits that count.
func number(x float64) string {
	switch {
	case x != 0 && x < 0.1 && x > -0.1:
		return fmt.Sprintf("%.3f", x)
	case x < 10 && x > -10:
		return fmt.Sprintf("%.2f", x)
	case x < 100 && x > -100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// table is one of Markdown's. All columns but the first and those with words are numbers.
type table struct {
	head []string
	rows [][]string
}

func (t table) write(out io.Writer) {
	fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat(" --- |", len(t.head)))
	for _, row := range t.rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
	}
}
