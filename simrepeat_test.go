//go:build !race

package zookeeper

import (
	"runtime"
	"slices"
	"testing"
)

// The race detector schedules goroutines as it likes.

// A seed replays: what else would a failing one be good for?
func TestSimRepeats(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for seed := uint64(1); seed <= 5; seed++ {
		first, second := simulate(t, seed, mutation{}, nil), simulate(t, seed, mutation{}, nil)
		if !slices.Equal(first.settled, second.settled) {
			t.Errorf("seed %d: terms %v, then %v", seed, first.settled, second.settled)
		}
	}
}
