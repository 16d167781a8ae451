//go:build !race

package zookeeper

import (
	"slices"
	"testing"
)

// A seed repeats: what else would a failing one be good for? It does unless a connection is lost with several requests
// under way: the client library fails those in the order of a map, and whoever hears of it first is the first to try
// again. That is rare enough for most seeds, and -sim.until tries until it sees the violation again. (The
// race detector schedules goroutines as it likes; this test is not for it.)
func TestSimRepeats(t *testing.T) {
	defer alone()()
	const seeds, most = 20, 14
	repeated := 0
	for seed := uint64(1); seed <= seeds; seed++ {
		first, second := simulate(t, seed, mutation{}, nil), simulate(t, seed, mutation{}, nil)
		if slices.Equal(first.settled, second.settled) {
			repeated++
		}
	}
	t.Logf("%d of %d seeds repeated", repeated, seeds)
	if repeated < most {
		t.Errorf("only %d of %d seeds repeated", repeated, seeds)
	}
}
