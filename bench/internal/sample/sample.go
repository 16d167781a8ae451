// Package sample has the statistics of interleaved rounds.
package sample

import (
	"slices"
	"strconv"
)

// Rounds are the samples of one client, round by round.
type Rounds [][]float64

// All returns the samples of all rounds.
func (r Rounds) All() []float64 { return slices.Concat(r...) }

// MarshalJSON writes five digits of every sample.
func (r Rounds) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	for i, round := range r {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		for j, x := range round {
			if j > 0 {
				text = append(text, ',')
			}
			text = strconv.AppendFloat(text, x, 'g', 5, 64)
		}
		text = append(text, ']')
	}
	return append(text, ']'), nil
}

// Quantile returns the q-quantile of a set, 0 ≤ q ≤ 1, interpolating between neighbours (as R's default, type 7,
// does); 0 of an empty set.
func Quantile(set []float64, q float64) float64 {
	if len(set) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(set))
	at := q * float64(len(sorted)-1)
	below := int(at)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// Median is the 0.5-quantile.
func Median(set []float64) float64 { return Quantile(set, 0.5) }

// Ratio compares two clients in one run.
type Ratio struct {
	Of        float64 // the ratio of the medians over all rounds
	Low, High float64 // the quartiles of the ratios of the medians of each round
}

// Compare returns the ratio of ours to theirs. Rounds that one of them lacks count for the whole only.
func Compare(ours, theirs Rounds) Ratio {
	var each []float64
	for i := range min(len(ours), len(theirs)) {
		if m := Median(theirs[i]); m != 0 && len(ours[i]) > 0 {
			each = append(each, Median(ours[i])/m)
		}
	}
	r := Ratio{Low: Quantile(each, 0.25), High: Quantile(each, 0.75)}
	if m := Median(theirs.All()); m != 0 {
		r.Of = Median(ours.All()) / m
	}
	return r
}
