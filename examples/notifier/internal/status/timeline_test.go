package status

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func span(from, until int) Span { return Span{From: after(from), Until: after(until)} }

// story is ten minutes of everything.
func story() Status {
	return Status{
		Instance: "b", State: "connected", Began: noon, Now: after(600), Since: noon, Targets: []string{"shop", "bank"},
		Terms: []Term{
			{Leader: "", Span: span(0, 60)},
			{Leader: "a", Term: 10, Span: span(60, 300)},
			{Leader: "b", Term: 20, Span: span(300, 301)},
			{Leader: "a", Term: 30, Span: Span{From: after(301)}},
		},
		Blind: []Span{span(0, 1), span(400, 460)},
		Outages: []Outage{
			{Incident: "i2", Target: "gone", Span: Span{From: after(590)}},
			{Incident: "i1", Target: "shop", Span: span(120, 180)},
		},
	}
}

func TestTimeline(t *testing.T) {
	drawn := newTimeline(story())
	scale := (drawn.Right - drawn.Left) / 600 // per second
	at := func(seconds float64) float64 { return drawn.Left + seconds*scale }
	near := func(what string, got, want float64) {
		t.Helper()
		if got < want-0.01 || got > want+0.01 {
			t.Errorf("%s at %v, want %v", what, got, want)
		}
	}

	names := []string{"a", "b", "shop", "bank", "gone"}
	if len(drawn.Rows) != len(names) {
		t.Fatalf("rows %+v", drawn.Rows)
	}
	for i, row := range drawn.Rows {
		if row.Name != names[i] || row.Outage != (i >= 2) || (row.Heading != "") != (i == 0 || i == 2) {
			t.Errorf("row %d is %+v", i, row)
		}
		if i > 0 && row.Y-drawn.Rows[i-1].Y < rowHeight || row.Y+rowHeight/2 > drawn.Bottom {
			t.Errorf("row %d is at %v", i, row.Y)
		}
	}
	a, b := drawn.Rows[0], drawn.Rows[1]
	if a.Colour == b.Colour || len(a.Bars) != 2 || a.Bars[0].Label != "term 10" || a.Bars[0].Open || !a.Bars[1].Open {
		t.Errorf("a is %+v", a)
	}
	near("a begins", a.Bars[0].X, at(60))
	near("a lasts", a.Bars[0].Width, 240*scale)
	near("a again ends", a.Bars[1].X+a.Bars[1].Width, drawn.Right)
	if len(b.Bars) != 1 || b.Bars[0].Width != narrowest || b.Bars[0].Label != "" {
		t.Errorf("a second's term is %+v", b.Bars)
	}
	if len(drawn.Nobody) != 1 || len(drawn.Blind) != 1 {
		t.Fatalf("nobody %+v, blind %+v", drawn.Nobody, drawn.Blind)
	}
	near("nobody", drawn.Nobody[0].Width, 60*scale)
	near("blind", drawn.Blind[0].X, at(400))
	if shop := drawn.Rows[2]; len(shop.Bars) != 1 {
		t.Errorf("the shop's outage is %+v", shop)
	} else {
		near("the shop's outage", shop.Bars[0].X, at(120))
	}
	if bank := drawn.Rows[3]; len(bank.Bars) != 0 {
		t.Errorf("the bank has had no outage: %+v", bank)
	}
	if n := len(drawn.Ticks); n < 4 || n > 8 {
		t.Errorf("%d ticks", n)
	}
}

func TestTimelineForgets(t *testing.T) {
	s := story()
	s.Now = after(3600)
	drawn := newTimeline(s) // the last half hour
	if len(drawn.Nobody) > 0 || len(drawn.Blind) > 0 || len(drawn.Rows[0].Bars) != 1 || drawn.Rows[0].Bars[0].X != drawn.Left {
		t.Errorf("drawn %+v", drawn)
	}
	s = Status{Now: after(1), Began: noon}
	if drawn := newTimeline(s); len(drawn.Rows) != 0 || drawn.LeadHeight() != rowHeight || len(drawn.Ticks) == 0 {
		t.Errorf("with nothing to draw: %+v", drawn)
	}
}

func TestShort(t *testing.T) {
	for name, want := range map[string]string{"one": "one", "notifier-eu-west-1-abcdef": "notifier-eu-west…", "äöüäöüäöüäöüäöüäöü": "äöüäöüäöüäöüäöüä…"} {
		if got := (row{Name: name}).Short(); got != want {
			t.Errorf("%s becomes %s", name, got)
		}
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[int]string{
		-1: "0 s", 0: "0.0 s", 9: "9.0 s", 59: "59 s", 61: "1 min 1 s", 3661: "1 h 1 min", 90000: "1 d 1 h",
	} {
		if got := duration(noon, after(seconds)); got != want {
			t.Errorf("%d s is %q, want %q", seconds, got, want)
		}
	}
	if a, b := moment(noon, after(60)), moment(noon, after(86400)); a != "12:00:00" || b != "31 Jan 12:00" {
		t.Errorf("%s, %s", a, b)
	}
}
