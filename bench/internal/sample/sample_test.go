package sample

import (
	"encoding/json"
	"math"
	"reflect"
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

func TestRoundsAsJSON(t *testing.T) {
	for text, rounds := range map[string]Rounds{
		"[]":                       {},
		"[[]]":                     {{}},
		"[[1,2.5,-0.001],[12346]]": {{1, 2.5, -0.001}, {12345.678}},
	} {
		got, err := json.Marshal(rounds)
		if err != nil || string(got) != text {
			t.Errorf("%v: %s, %v; want %s", rounds, got, err, text)
		}
		var again Rounds
		if err := json.Unmarshal(got, &again); err != nil || len(again) != len(rounds) {
			t.Errorf("%s: %v, %v", got, again, err)
		}
	}
	var rounds Rounds
	if err := json.Unmarshal([]byte("[[1,2.5],[3]]"), &rounds); err != nil || !reflect.DeepEqual(rounds, Rounds{{1, 2.5}, {3}}) {
		t.Errorf("%v, %v", rounds, err)
	}
}
