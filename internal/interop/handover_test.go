package interop

import (
	"fmt"
	"slices"
	"strings"
)

// handovers counts which kind of contender had the lock after which.
type handovers map[[2]string]int

func count(visits []visit) handovers {
	h := handovers{}
	for i := 1; i < len(visits); i++ {
		h[[2]string{visits[i-1].kind, visits[i].kind}]++
	}
	return h
}

// between sums up the hand-overs from any kind of one list to any of the other.
func (h handovers) between(from, to []string) int {
	sum := 0
	for _, f := range from {
		for _, t := range to {
			sum += h[[2]string{f, t}]
		}
	}
	return sum
}

// String is a table: a row for each kind that gave the lock away, a column for each that got it.
func (h handovers) String() string {
	var kinds []string
	for pair := range h {
		kinds = append(kinds, pair[0], pair[1])
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	var b strings.Builder
	fmt.Fprintf(&b, "%10s", "from \\ to")
	for _, to := range kinds {
		fmt.Fprintf(&b, "%10s", to)
	}
	for _, from := range kinds {
		fmt.Fprintf(&b, "\n%10s", from)
		for _, to := range kinds {
			fmt.Fprintf(&b, "%10d", h[[2]string{from, to}])
		}
	}
	return b.String()
}

// goal says what is still missing in a contest; "" if nothing is.
type goal func([]visit) string

// exchanged is reached when the lock has gone a number of times from one side to the other, and as often back.
func exchanged(n int, one, other []string) goal {
	return func(visits []visit) string {
		h := count(visits)
		there, back := h.between(one, other), h.between(other, one)
		if there >= n && back >= n {
			return ""
		}
		return fmt.Sprintf("%d hand-overs from %v to %v and %d back, want %d each way", there, one, other, back, n)
	}
}

// all is reached when each of several goals is.
func all(goals ...goal) goal {
	return func(visits []visit) string {
		var missing []string
		for _, g := range goals {
			if m := g(visits); m != "" {
				missing = append(missing, m)
			}
		}
		return strings.Join(missing, "; ")
	}
}
