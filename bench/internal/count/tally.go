package count

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tally is what passed a Proxy until some moment.
type Tally struct {
	Requests map[Op]float64
	ToServer int64 // bytes of payload
	ToClient int64
}

// Since returns what passed after an earlier moment.
func (t Tally) Since(earlier Tally) Tally {
	d := Tally{Requests: make(map[Op]float64), ToServer: t.ToServer - earlier.ToServer, ToClient: t.ToClient - earlier.ToClient}
	for op, n := range t.Requests {
		if more := n - earlier.Requests[op]; more != 0 {
			d.Requests[op] = more
		}
	}
	return d
}

// Plus adds two tallies.
func (t Tally) Plus(other Tally) Tally {
	sum := Tally{Requests: maps.Clone(t.Requests), ToServer: t.ToServer + other.ToServer, ToClient: t.ToClient + other.ToClient}
	if sum.Requests == nil {
		sum.Requests = make(map[Op]float64)
	}
	for op, n := range other.Requests {
		sum.Requests[op] += n
	}
	return sum
}

// Beside returns what there is beside a background, of which share times as much has to be expected meanwhile.
func (t Tally) Beside(background Tally, share float64) Tally {
	net := t
	net.Requests = make(map[Op]float64)
	for op, n := range t.Requests {
		if rest := n - share*background.Requests[op]; rest > 0 {
			net.Requests[op] = rest
		}
	}
	return net
}

// Operations counts all requests but those that only keep the session.
func (t Tally) Operations() float64 {
	n := 0.0
	for op, times := range t.Requests {
		if !op.bookkeeping() {
			n += times
		}
	}
	return n
}

// Pings counts the requests that say nothing but that the client lives.
func (t Tally) Pings() float64 { return t.Requests[Ping] }

// Names lists the requests beside those that only keep the session.
func (t Tally) Names() string {
	var names []string
	for op := range t.Requests {
		if !op.bookkeeping() {
			names = append(names, op.String())
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// PerTurn says what was asked per turn, the most frequent first: "create 1, delete 1, multi 0.2". Requests that only
// keep the session are left out.
func (t Tally) PerTurn(turns int) string {
	var ops []Op
	for op := range t.Requests {
		if !op.bookkeeping() {
			ops = append(ops, op)
		}
	}
	slices.SortFunc(ops, func(a, b Op) int {
		if n, m := t.Requests[a], t.Requests[b]; n != m {
			return cmp.Compare(m, n)
		}
		return strings.Compare(a.String(), b.String())
	})
	words := make([]string, len(ops))
	for i, op := range ops {
		words[i] = fmt.Sprintf("%v %s", op, short(t.Requests[op]/float64(turns)))
	}
	return strings.Join(words, ", ")
}

func short(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}
