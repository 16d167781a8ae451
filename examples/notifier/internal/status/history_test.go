package status

import (
	"testing"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

func TestHistory(t *testing.T) {
	h := &History{began: noon, blind: []Span{{From: noon}}}
	h.sawNothing(after(1)) // it knows that
	h.saw(after(2))
	h.saw(after(3))
	h.led(after(4), zookeeper.LeaderInfo{})
	h.led(after(5), zookeeper.LeaderInfo{ID: "a", Term: 10})
	h.led(after(6), zookeeper.LeaderInfo{ID: "a, renamed", Term: 10})
	h.sawNothing(after(7))
	h.saw(after(8))
	h.led(after(9), zookeeper.LeaderInfo{ID: "b", Term: 20})
	_, terms, blind, _ := h.copied()
	want := []Term{
		{Leader: "", Span: span(4, 5)},
		{Leader: "a, renamed", Term: 10, Span: span(5, 9)},
		{Leader: "b", Term: 20, Span: Span{From: after(9)}},
	}
	if len(terms) != 3 || terms[0] != want[0] || terms[1] != want[1] || terms[2] != want[2] {
		t.Errorf("terms %+v, want %+v", terms, want)
	}
	if len(blind) != 2 || blind[0] != span(0, 2) || blind[1] != span(7, 8) {
		t.Errorf("blind %+v", blind)
	}
}

func TestOutages(t *testing.T) {
	h := NewHistory()
	shop := uptime.Incident{ID: "shop-1", Target: "shop", Since: after(1), Reason: "no answer"}
	bank := uptime.Incident{ID: "bank-1", Target: "bank", Since: after(2)}
	h.down(after(3), []uptime.Incident{shop, bank})
	shop.Until = after(10)
	h.down(after(11), []uptime.Incident{shop, bank})
	h.down(after(12), nil) // of the bank's nobody has said when it ended
	again := uptime.Incident{ID: "shop-2", Target: "shop", Since: after(20)}
	h.down(after(21), []uptime.Incident{again})
	_, _, _, outages := h.copied()
	want := []Outage{
		{Incident: "shop-1", Target: "shop", Reason: "no answer", Span: span(1, 10)},
		{Incident: "bank-1", Target: "bank", Span: span(2, 12)},
		{Incident: "shop-2", Target: "shop", Span: Span{From: after(20)}},
	}
	for i, o := range outages {
		if o != want[i] {
			t.Errorf("outage %d is %+v, want %+v", i, o, want[i])
		}
	}
	if len(outages) != len(want) {
		t.Errorf("%d outages", len(outages))
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := NewHistory()
	for i := range 3 * kept {
		now := noon.Add(time.Duration(i) * time.Second)
		h.led(now, zookeeper.LeaderInfo{ID: "a", Term: int64(i + 1)})
		h.saw(now)
		h.sawNothing(now)
		h.down(now, []uptime.Incident{{ID: now.String(), Since: now}})
	}
	_, terms, blind, outages := h.copied()
	if len(terms) != kept || len(blind) != kept || len(outages) != kept || terms[kept-1].Term != 3*kept {
		t.Errorf("%d terms, %d blind, %d outages", len(terms), len(blind), len(outages))
	}
}
