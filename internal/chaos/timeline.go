package main

import (
	"slices"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

// What is put down to a busy machine rather than to the instances.
const (
	lull  = 10 * instance.Beat // a longer pause between actions is an interruption
	hitch = 50 * instance.Beat // a leader may pause this long and has still been there all the time
)

// deeds are what one instance did, in order.
type deeds struct {
	id      string
	records []instance.Record
}

// turn is one term of work of one instance: its actions, of which there is at least one.
type turn struct {
	id      string
	term    int64
	actions []time.Duration
}

func (t turn) first() time.Duration { return t.actions[0] }
func (t turn) last() time.Duration  { return t.actions[len(t.actions)-1] }

// leastTrust returns how little trust a fleet was left with when it acted, from a time on; 0 if it does not go by trust.
func leastTrust(fleet []deeds, from time.Duration) (least time.Duration) {
	for _, member := range fleet {
		for _, r := range member.records {
			left, err := time.ParseDuration(r.Text)
			if r.Kind == instance.Action && r.At >= from && err == nil && (least == 0 || left < least) {
				least = left
			}
		}
	}
	return least
}

// turns returns the turns of a fleet in the order in which they began.
func turns(fleet []deeds) []turn {
	var all []turn
	for _, member := range fleet {
		open := false
		for _, r := range member.records {
			switch {
			case r.Kind != instance.Action:
				open = open && r.Kind != instance.Started
			case open:
				t := &all[len(all)-1]
				t.actions = append(t.actions, r.At)
			default:
				all = append(all, turn{id: member.id, term: r.Term, actions: []time.Duration{r.At}})
				open = true
			}
		}
	}
	slices.SortStableFunc(all, func(a, b turn) int { return int(a.first() - b.first()) })
	return all
}

// span is a stretch of time.
type span struct{ from, to time.Duration }

func (s span) length() time.Duration { return s.to - s.from }

// spells are the stretches in which a turn acted without an interruption longer than what is allowed.
func (t turn) spells(allowed time.Duration) []span {
	all := []span{{t.first(), t.first()}}
	for _, at := range t.actions[1:] {
		if current := &all[len(all)-1]; at-current.to <= allowed {
			current.to = at
			continue
		}
		all = append(all, span{at, at})
	}
	return all
}

// overlap is for how long two or more instances were acting at the same time.
func overlap(all []turn) time.Duration {
	type edge struct {
		at    time.Duration
		delta int
	}
	var edges []edge
	for _, t := range all {
		for _, s := range t.spells(lull) {
			edges = append(edges, edge{s.from, +1}, edge{s.to, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return a.delta - b.delta // who ends as another begins does not overlap it
	})
	var sum time.Duration
	for acting, i := 0, 0; i < len(edges); i++ {
		if acting > 1 {
			sum += edges[i].at - edges[i-1].at
		}
		acting += edges[i].delta
	}
	return sum
}

// overtaken counts the actions that a turn took after a later one had begun.
func overtaken(all []turn) int {
	count := 0
	for i, t := range all {
		if i+1 == len(all) {
			break
		}
		next := all[i+1].first() // the earliest of the later ones
		for _, at := range t.actions {
			if at >= next {
				count++
			}
		}
	}
	return count
}

// disordered counts the turns whose fencing token is not above that of the one before.
func disordered(all []turn) int {
	count := 0
	for i := 1; i < len(all); i++ {
		if all[i].term <= all[i-1].term {
			count++
		}
	}
	return count
}

// longestGap is the longest time within a stretch in which nobody acted; 0 if that is no more than a lull.
func longestGap(all []turn, within span) (gap span) {
	var marks []time.Duration
	for _, t := range all {
		marks = append(marks, t.actions...)
	}
	if gap = longestWait(marks, within); gap.length() <= lull {
		return span{}
	}
	return gap
}

// longestWait is the longest stretch within another in which none of some times falls.
func longestWait(times []time.Duration, within span) (wait span) {
	marks := []time.Duration{within.from, within.to}
	for _, at := range times {
		if at > within.from && at < within.to {
			marks = append(marks, at)
		}
	}
	slices.Sort(marks)
	for i := 1; i < len(marks); i++ {
		if s := (span{marks[i-1], marks[i]}); s.length() > wait.length() {
			wait = s
		}
	}
	return wait
}

// actingAt returns the turn that acted last before a time.
func actingAt(all []turn, at time.Duration) (turn, bool) {
	var found turn
	var latest time.Duration
	for _, t := range all {
		if i, _ := slices.BinarySearch(t.actions, at); i > 0 && t.actions[i-1] > latest {
			found, latest = t, t.actions[i-1]
		}
	}
	return found, latest > 0
}

// settledAt returns since when a single turn has been acting alone and without interruption, until the end of what is
// known; false if there is no such turn, or it acts no more.
func settledAt(all []turn, end time.Duration) (time.Duration, bool) {
	var last turn
	var since time.Duration
	for _, t := range all {
		spells := t.spells(hitch)
		if s := spells[len(spells)-1]; s.to >= end-hitch {
			if len(last.actions) > 0 {
				return 0, false // two of them
			}
			last, since = t, s.from
		}
	}
	if len(last.actions) == 0 {
		return 0, false
	}
	for _, t := range all {
		if t.first() != last.first() || t.id != last.id {
			since = max(since, t.last())
		}
	}
	return since, true
}
