package report

import (
	"fmt"
	"strings"

	"burrow.example/zookeeper/bench/internal/sample"
)

// Judge compares what was measured with the targets.
func (r *Report) Judge() {
	r.Verdicts = nil
	if m := r.Find("uncontended"); m != nil {
		r.against(m, m.row("go-zk-lock"), 1, "Uncontended acquire and release: at most 1.0 × go-zookeeper's Lock")
		for i := range m.Rows {
			if row := &m.Rows[i]; !row.Ours && row.Kind != "go-zk-lock" {
				r.against(m, row, 1, "Uncontended acquire and release: ahead of "+row.Label)
			}
		}
	}
	if m := r.Find("handover-2"); m != nil {
		r.against(m, m.best(), 0.7, m.Title+": at most 0.7 × the best peer")
		r.requests(m)
	}
	if m := r.Find("handover-crowd"); m != nil {
		r.against(m, m.best(), 0.8, m.Title+": at most 0.8 × the best peer")
		r.requests(m)
	}
	r.alone()
	r.atRest()
}

// alone judges what the library does beside no peer.
func (r *Report) alone() {
	if m := r.Find("crash"); m != nil && m.ours() != nil {
		r.below(m.Title+": within 10 ms", m.ours().Median(), 10, "ms")
	}
	for _, id := range []string{"get", "create"} {
		m := r.Find(id)
		if m == nil {
			continue
		}
		ours, raw := &m.Rows[0], &m.Rows[1]
		r.against(m, raw, 1.02, m.Title+": at most 1.02 × the time of a zk.Conn")
		more := *ours.Allocs - *raw.Allocs
		r.judge(m.Title+": no extra allocation", fmt.Sprintf("%.1f − %.1f", *ours.Allocs, *raw.Allocs), more < 0.5)
	}
	if m := r.Find("valid"); m != nil {
		r.below("Valid: under 60 ns", m.Rows[0].Median(), 60, "ns")
		r.judge("Valid: no allocation", fmt.Sprintf("%.3f", *m.Rows[0].Allocs), *m.Rows[0].Allocs < 0.001)
	}
	if m := r.Find("expiry"); m != nil {
		for i := range m.Rows[:2] {
			r.below(m.Title+": "+m.Rows[i].Label+" within 20 ms", m.Rows[i].Median(), 20, "ms")
		}
	}
}

// atRest judges what the library costs while it is idle.
func (r *Report) atRest() {
	if len(r.Idle) == 0 {
		return
	}
	raw := r.Idle[0]
	for _, i := range r.Idle {
		if !i.Ours {
			continue
		}
		switch _, role, _ := strings.Cut(i.Label, ": "); role {
		case "leader":
			// A check every twelfth of six seconds.
			r.judge("Leader: one check every T/12, 120 a minute", fmt.Sprintf("%.0f a minute (%s)", i.Operations, i.Which), i.Operations <= 121)
		case "next":
			r.judge("Next in line: nothing but pings", fmt.Sprintf("%.0f a minute (%s)", i.Operations, i.Which), i.Operations == 0)
		default:
			r.judge("Further behind: nothing but pings", fmt.Sprintf("%.0f a minute", i.Operations), i.Operations == 0)
		}
		r.judge(i.Label+": heap less than 1 MiB beyond a zk.Conn's", fmt.Sprintf("%.0f KiB", (i.Heap-raw.Heap)/1024), i.Heap-raw.Heap < 1<<20)
		r.judge(i.Label+": at most 3 goroutines beyond a zk.Conn's", fmt.Sprintf("%.0f", i.Goroutines-raw.Goroutines), i.Goroutines-raw.Goroutines <= 3)
	}
}

func (r *Report) below(target string, measured, limit float64, unit string) {
	r.judge(target, number(measured)+" "+unit, measured < limit)
}

// against judges all of the library's rows by a peer's.
func (r *Report) against(m *Measurement, peer *Row, limit float64, target string) {
	if peer == nil {
		return
	}
	var ratios []string
	met := true
	for i := range m.Rows {
		if row := &m.Rows[i]; row.Ours {
			ratio := sample.Compare(row.Rounds, peer.Rounds).Of
			ratios = append(ratios, fmt.Sprintf("%.2f", ratio))
			met = met && ratio <= limit
		}
	}
	if len(ratios) > 0 {
		r.judge(target, strings.Join(ratios, " and ")+" × "+peer.Label, met)
	}
}

func (r *Report) requests(m *Measurement) {
	const limit = 3
	most := 0.0
	for i := range m.Rows {
		if row := &m.Rows[i]; row.Ours && row.Requests != nil {
			most = max(most, row.Requests.PerTurn)
		}
	}
	if most > 0 {
		r.judge(fmt.Sprintf("%s: at most %d requests", m.Title, limit), fmt.Sprintf("%.1f", most), most <= limit)
	}
}

func (r *Report) judge(target, measured string, met bool) {
	r.Verdicts = append(r.Verdicts, Verdict{target, measured, met})
}
