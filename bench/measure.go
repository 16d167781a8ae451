package main

import (
	"fmt"
	"time"

	"burrow.example/zookeeper/bench/internal/count"
	"burrow.example/zookeeper/bench/internal/report"
)

// rounds has the teams take turns, A B C A B C ..., several times in a round, and books what each turn yields.
func (b *bench) rounds(m *report.Measurement, rounds, cycles int, teams []*team, turn func(*team) ([]float64, error)) error {
	for round := range warmUp + rounds {
		yields := make([][]float64, len(teams))
		for range cycles {
			for i, t := range teams {
				samples, err := turn(t)
				if err != nil {
					return fmt.Errorf("%s: %s: %w", m.Title, t.label, err)
				}
				yields[i] = append(yields[i], samples...)
			}
		}
		if round < warmUp {
			continue
		}
		for i := range teams {
			m.Rows[i].Rounds = append(m.Rows[i].Rounds, yields[i])
		}
	}
	return nil
}

// teams opens a team of every kind, for as long as measure runs.
func (b *bench) teams(lock string, processes, sessions int, counted bool, measure func([]*team) error) error {
	var teams []*team
	defer func() {
		for _, t := range teams {
			t.close()
		}
	}()
	for _, k := range b.kinds {
		t, err := b.team(k, lock, processes, sessions, counted)
		if err != nil {
			return err
		}
		teams = append(teams, t)
	}
	return measure(teams)
}

// measurement makes one with a row for every kind.
func (b *bench) measurement(id, title, unit, how string) *report.Measurement {
	m := &report.Measurement{ID: id, Title: title, Unit: unit, How: how}
	for _, k := range b.kinds {
		m.Rows = append(m.Rows, report.Row{Kind: k.name, Label: k.label, Ours: k.ours})
	}
	b.report.Measurements = append(b.report.Measurements, m)
	b.say("%s", title)
	return m
}

// uncontended acquires and releases with one candidate.
func (b *bench) uncontended() error {
	m := b.measurement("uncontended", "Uncontended acquire and release", "ms",
		"One session acquires the lock and releases it, again and again; nobody else wants it.")
	m.PerSecond = true
	solo := func(t *team, times int) ([]float64, error) {
		p := t.processes[0]
		if err := p.tell("solo %d", times); err != nil {
			return nil, err
		}
		l, err := t.await(p, "solo")
		for i := range l.numbers {
			l.numbers[i] /= 1e6
		}
		return l.numbers, err
	}
	err := b.teams(m.ID, 1, 1, false, func(teams []*team) error {
		return b.rounds(m, b.plan.rounds, b.plan.cycles, teams, func(t *team) ([]float64, error) { return solo(t, b.plan.solos) })
	})
	if err != nil {
		return err
	}
	return b.teams(m.ID+"-counted", 1, 1, true, func(teams []*team) error {
		for i, t := range teams {
			if _, err := solo(t, 1); err != nil { // what only the first turn needs
				return err
			}
			before := t.proxy.Tally()
			if _, err := solo(t, b.plan.solos); err != nil {
				return err
			}
			m.Rows[i].Requests = b.requests(t.proxy.Tally().Since(before), b.plan.solos)
		}
		return nil
	})
}

func (b *bench) requests(t count.Tally, turns int) *report.Requests {
	return &report.Requests{PerTurn: t.Operations() / float64(turns), Which: t.PerTurn(turns)}
}

// handOver measures clean hand-overs among a number of candidates in two processes.
func (b *bench) handOver(id string, candidates int) error {
	m := b.measurement(id, fmt.Sprintf("Clean hand-over, %d candidates", candidates), "ms", fmt.Sprintf(
		"%d sessions of each client, in two processes, queue for a lock. The holder, which has held it for %v, "+
			"releases it: from just before that call to the next one's work. Then it queues again.", candidates, b.plan.pause))
	err := b.teams(id, 2, candidates/2, false, func(teams []*team) error {
		for _, t := range teams {
			if err := t.fill(candidates); err != nil {
				return fmt.Errorf("%s: %w", t.label, err)
			}
		}
		return b.rounds(m, b.plan.rounds, b.plan.cycles, teams, func(t *team) ([]float64, error) {
			time.Sleep(b.plan.pause) // the holder's work
			left, took, err := t.handOver()
			if err != nil {
				return nil, err
			}
			return []float64{milliseconds(took)}, t.join(left, candidates)
		})
	})
	if err != nil {
		return err
	}
	return b.teams(id+"-counted", 2, candidates/2, true, func(teams []*team) error {
		for i, t := range teams {
			var err error
			m.Rows[i].Requests, m.Rows[i].Joining, err = b.countHandOvers(t, candidates)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", m.Title, t.label, err)
			}
		}
		return nil
	})
}

// fill sends all candidates into the queue, those of the processes in turn, so that every hand-over is one between
// processes.
func (t *team) fill(candidates int) error {
	for i := range candidates {
		s := seat{t.processes[i%len(t.processes)], i / len(t.processes)}
		if err := t.join(s, i+1); err != nil {
			return err
		}
	}
	_, err := t.works()
	return err
}

// countHandOvers counts the requests of all candidates from the moment at which the holder is told to leave until
// everything is quiet again, and those that joining the queue again takes. What the candidates ask all the time, to keep
// their sessions proved, is known from watching them before, and left out.
func (b *bench) countHandOvers(t *team, candidates int) (handing, joining *report.Requests, err error) {
	if err := t.fill(candidates); err != nil {
		return nil, nil, err
	}
	time.Sleep(b.plan.pause)
	idle := t.proxy.Tally()
	time.Sleep(b.plan.background)
	background := t.proxy.Tally().Since(idle)

	var handed, joined count.Tally
	var handingOver, queueing time.Duration
	for range b.plan.counted {
		begun, before := time.Now(), t.proxy.Tally()
		left, _, err := t.handOver()
		if err != nil {
			return nil, nil, err
		}
		time.Sleep(b.plan.pause)
		handed, handingOver = handed.Plus(t.proxy.Tally().Since(before)), handingOver+time.Since(begun)

		begun, before = time.Now(), t.proxy.Tally()
		if err := t.join(left, candidates); err != nil {
			return nil, nil, err
		}
		time.Sleep(b.plan.pause)
		joined, queueing = joined.Plus(t.proxy.Tally().Since(before)), queueing+time.Since(begun)
	}
	net := func(all count.Tally, during time.Duration) *report.Requests {
		return b.requests(all.Beside(background, float64(during)/float64(b.plan.background)), b.plan.counted)
	}
	return net(handed, handingOver), net(joined, queueing), nil
}

// rotation has a crowd go round and round as fast as it can.
func (b *bench) rotation() error {
	n, turns := b.plan.crowd, b.plan.turns
	m := b.measurement("rotation", fmt.Sprintf("%d candidates, %d turns each", n, turns), "ms", fmt.Sprintf(
		"%d sessions of each client, in two processes, each acquire and release the lock %d times, as fast as they can: "+
			"the time of all %d turns.", n, turns, n*turns))
	rotate := func(t *team) ([]float64, error) {
		for _, p := range t.processes {
			if err := p.tell("rotate %d", turns); err != nil {
				return nil, err
			}
		}
		var first, last time.Duration
		for i, p := range t.processes {
			l, err := t.await(p, "rotated")
			if err != nil {
				return nil, err
			}
			if begun := l.at(0); i == 0 || begun < first {
				first = begun
			}
			last = max(last, l.at(1))
		}
		return []float64{milliseconds(last - first)}, nil
	}
	err := b.teams(m.ID, 2, n/2, false, func(teams []*team) error {
		return b.rounds(m, b.plan.rounds, 1, teams, rotate)
	})
	if err != nil {
		return err
	}
	return b.teams(m.ID+"-counted", 2, n/2, true, func(teams []*team) error {
		for i, t := range teams {
			before := t.proxy.Tally()
			if _, err := rotate(t); err != nil {
				return fmt.Errorf("%s: %s: %w", m.Title, t.label, err)
			}
			m.Rows[i].Requests = b.requests(t.proxy.Tally().Since(before), n*turns)
		}
		return nil
	})
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
