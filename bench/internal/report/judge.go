package report

import (
	"fmt"

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
}

// against judges the library's slower row by a peer's.
func (r *Report) against(m *Measurement, peer *Row, limit float64, target string) {
	ours := m.ours()
	if ours == nil || peer == nil {
		return
	}
	ratio := sample.Compare(ours.Rounds, peer.Rounds)
	r.judge(target, fmt.Sprintf("%.2f × %s", ratio.Of, peer.Label), ratio.Of <= limit)
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
