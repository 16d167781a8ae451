package status

import (
	"fmt"
	"math"
	"time"
)

// timeline is who led when, and what was down, laid out as a drawing: a row for each leader, then one for each target.
// Everything is in the drawing's own units.
type timeline struct {
	Width, Height   float64
	Left, Right     float64 // where time begins and ends
	Top, LeadBottom float64 // of all rows, and of the leaders' among them
	Bottom          float64
	Rows            []row
	Nobody, Blind   []band
	Ticks           []tick
}

// LeadHeight is that of the leaders' rows, AllHeight that of all.
func (t timeline) LeadHeight() float64 { return t.LeadBottom - t.Top }
func (t timeline) AllHeight() float64  { return t.Bottom - t.Top }

// BarHeight is that of every bar.
func (t timeline) BarHeight() float64 { return barHeight }

// row is one leader or one target.
type row struct {
	Name    string
	Y       float64 // its middle
	Outage  bool
	Colour  int // one of page.css, by order of appearance
	Bars    []bar
	Heading string // of the rows from here on
}

// Short is the name as far as there is room.
func (r row) Short() string {
	name := []rune(r.Name)
	if most := int((gutter - 12) / nameWidth); len(name) > most {
		return string(name[:most-1]) + "…"
	}
	return r.Name
}

// BarTop is where its bars begin.
func (r row) BarTop() float64 { return r.Y - barHeight/2 }

// bar is one term, or one outage.
type bar struct {
	X, Width float64
	Term     int64
	Label    string // if there is room for it
	Title    string
	Open     bool // goes on
}

// LabelX is where the label begins.
func (b bar) LabelX() float64 { return b.X + 7 }

// band is a stretch across the rows.
type band struct {
	X, Width float64
	Title    string
}

type tick struct {
	X     float64
	Label string
}

const (
	drawingWidth = 960
	gutter       = 150 // for the names
	margin       = 34
	headHeight   = 24 // of a heading
	rowHeight    = 30
	axisHeight   = 26
	narrowest    = 3 // a bar that would be narrower could not be seen
	barHeight    = 18
	nameWidth    = 8   // of a letter in a name, at most
	digitWidth   = 7.8 // of a letter in a label, about
	colours      = 6   // in page.css

	shortest = 15 * time.Second
	longest  = 30 * time.Minute
)

func newTimeline(s Status) timeline {
	t := timeline{Width: drawingWidth, Left: gutter, Right: drawingWidth - margin, Top: headHeight}
	window := min(max(s.Now.Sub(s.Began), shortest), longest)
	x := func(at time.Time) float64 {
		part := 1 - float64(s.Now.Sub(at))/float64(window)
		return t.Left + min(max(part, 0), 1)*(t.Right-t.Left)
	}
	place := func(span Span) (left, width float64, seen bool) {
		until := span.Until
		if until.IsZero() {
			until = s.Now
		}
		left, width = x(span.From), x(until)-x(span.From)
		if width < narrowest {
			left, width = min(left, t.Right-narrowest), narrowest
		}
		return left, width, until.After(s.Now.Add(-window))
	}
	told := func(span Span) string {
		if span.Until.IsZero() {
			return fmt.Sprintf("since %s (%s)", clock(span.From), duration(span.From, s.Now))
		}
		return fmt.Sprintf("%s to %s (%s)", clock(span.From), clock(span.Until), duration(span.From, span.Until))
	}

	y := t.Top
	rows := make(map[string]int)
	at := func(name, heading string) *row {
		i, known := rows[heading+name]
		if !known {
			i = len(t.Rows)
			rows[heading+name] = i
			t.Rows = append(t.Rows, row{Name: name, Y: y + rowHeight/2, Colour: i % colours})
			y += rowHeight
		}
		return &t.Rows[i]
	}
	for _, term := range s.Terms {
		left, width, seen := place(term.Span)
		switch {
		case !seen:
		case term.Leader == "":
			t.Nobody = append(t.Nobody, band{left, width, "nobody led, " + told(term.Span)})
		default:
			b := bar{X: left, Width: width, Term: term.Term, Open: term.Until.IsZero(),
				Title: fmt.Sprintf("%s led, term %d, %s", term.Leader, term.Term, told(term.Span))}
			if label := fmt.Sprint("term ", term.Term); float64(len(label))*digitWidth+10 < width {
				b.Label = label
			}
			r := at(term.Leader, "leader")
			r.Bars = append(r.Bars, b)
		}
	}
	if len(t.Rows) == 0 {
		y += rowHeight // an empty one, for the bands to be seen in
	}
	t.LeadBottom = y

	y += headHeight
	first := len(t.Rows)
	for _, target := range s.Targets {
		at(target, "target").Outage = true
	}
	for _, outage := range s.Outages {
		if left, width, seen := place(outage.Span); seen {
			r := at(outage.Target, "target")
			r.Outage = true
			r.Bars = append(r.Bars, bar{X: left, Width: width, Open: outage.Until.IsZero(),
				Title: fmt.Sprintf("%s was down: %s, %s", outage.Target, outage.Reason, told(outage.Span))})
		}
	}
	if first < len(t.Rows) {
		t.Rows[first].Heading = "Outages"
	}
	if first > 0 {
		t.Rows[0].Heading = "Leaders"
	}
	for _, span := range s.Blind {
		if span.From.Equal(s.Began) && !span.Until.IsZero() {
			continue // it was starting
		}
		if left, width, seen := place(span); seen {
			t.Blind = append(t.Blind, band{left, width, "no session, so nothing was seen, " + told(span)})
		}
	}
	t.Bottom = y
	t.Height = y + axisHeight
	t.Ticks = ticks(s.Now, window, x)
	return t
}

// steps are the distances between ticks that people can count in.
var steps = []time.Duration{
	5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
}

// ticks are at round times, eight at the most.
func ticks(now time.Time, window time.Duration, x func(time.Time) float64) []tick {
	step := steps[len(steps)-1]
	for _, s := range steps {
		if math.Ceil(float64(window)/float64(s)) <= 8 {
			step = s
			break
		}
	}
	var all []tick
	for at := now.Add(-window).Truncate(step).Add(step); !at.After(now); at = at.Add(step) {
		all = append(all, tick{X: x(at), Label: clock(at)})
	}
	return all
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
