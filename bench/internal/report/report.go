// Package report turns measurements into a table for each, plots, and a verdict on every target.
package report

import "burrow.example/zookeeper/bench/internal/sample"

// Report is one run.
type Report struct {
	Machine      []string // one fact a line
	Measurements []*Measurement
	Idle         []Idle
	Verdicts     []Verdict
}

// Measurement is one thing that is measured, for several clients in turn.
type Measurement struct {
	ID        string
	Title     string
	Unit      string
	How       string // what a row does, in a sentence or two
	PerSecond bool   // whether turns per second say something
	Rows      []Row
}

// Row is one client's part of a measurement.
type Row struct {
	Kind     string
	Label    string
	Ours     bool
	Rounds   sample.Rounds
	Requests *Requests `json:",omitempty"` // per turn; nil if not counted
	Joining  *Requests `json:",omitempty"` // of going back into the queue; nil if not counted
	Allocs   *float64  `json:",omitempty"` // per turn; nil if not counted
}

// Requests are what the server is asked per turn.
type Requests struct {
	PerTurn float64
	Which   string
}

// Idle is what a process costs that does nothing but stay in its role.
type Idle struct {
	Label      string
	Ours       bool
	Go         bool    // whether goroutines and heap are known
	CPU        float64 // milliseconds per minute
	Operations float64 // requests per minute beside pings
	Which      string
	Pings      float64 // per minute
	Wire       float64 // bytes of payload per minute, both ways
	Goroutines float64 // more than before the session was opened
	Heap       float64 // bytes more than before the session was opened
	Resident   float64 // bytes of the process
	Threads    float64
}

// Verdict is a target, and what was measured.
type Verdict struct {
	Target   string
	Measured string
	Met      bool
}

// Find returns a measurement; nil if there is none of that id.
func (r *Report) Find(id string) *Measurement {
	for _, m := range r.Measurements {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// ours returns the library's row that is compared, the slower if there are two; nil if there is none.
func (m *Measurement) ours() *Row {
	var slowest *Row
	for i := range m.Rows {
		row := &m.Rows[i]
		if row.Ours && (slowest == nil || row.Median() > slowest.Median()) {
			slowest = row
		}
	}
	return slowest
}

// best returns the peer with the lowest median; nil if there is none.
func (m *Measurement) best() *Row {
	var best *Row
	for i := range m.Rows {
		row := &m.Rows[i]
		if !row.Ours && (best == nil || row.Median() < best.Median()) {
			best = row
		}
	}
	return best
}

func (m *Measurement) row(kind string) *Row {
	for i := range m.Rows {
		if m.Rows[i].Kind == kind {
			return &m.Rows[i]
		}
	}
	return nil
}

// Median is that of all samples.
func (r *Row) Median() float64 { return sample.Median(r.Rounds.All()) }
