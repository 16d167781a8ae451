package sample

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	cases := []struct {
		set  []float64
		q    float64
		want float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.25, 7},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{4, 1, 3, 2}, 0.25, 1.75}, // R: quantile(c(4, 1, 3, 2), .25)
		{[]float64{4, 1, 3, 2}, 1, 4},
		{[]float64{4, 1, 3, 2}, 0, 1},
	}
	for _, c := range cases {
		if got := Quantile(c.set, c.q); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Quantile(%v, %v) = %v, want %v", c.set, c.q, got, c.want)
		}
	}
}

func TestQuantileLeavesTheSamplesInTheirOrder(t *testing.T) {
	set := []float64{3, 1, 2}
	Median(set)
	if set[0] != 3 || set[1] != 1 || set[2] != 2 {
		t.Errorf("%v", set)
	}
}

func TestCompare(t *testing.T) {
	ours := Rounds{{1, 1, 1}, {2, 2, 2}, {3}}
	theirs := Rounds{{2, 2}, {2, 2}, {2}}
	got := Compare(ours, theirs)
	if want := (Ratio{Of: 1, Low: 0.75, High: 1.25}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Compare(ours, nil); got != (Ratio{}) {
		t.Errorf("beside nobody: %v", got)
	}
}
