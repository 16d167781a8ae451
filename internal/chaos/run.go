package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"burrow.example/zookeeper/internal/machine"
	"burrow.example/zookeeper/internal/realzk"
)

// run carries out a plan and returns the exit status.
func run(p plan) int {
	ensemble, err := realzk.StartEnsemble(realzk.TickTime(tickTime))
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 2
	}
	defer func() {
		if err := ensemble.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "chaos: close the ensemble:", err)
		}
	}()
	began := time.Now()
	r := &report{machine: machine.Hardware() + ", " + machine.System("java"), zookeeper: fmt.Sprintf("ZooKeeper %s × %d (%s)",
		ensemble.Servers()[0].Version(), len(ensemble.Servers()), ensemble.Servers()[0].How())}
	random := rand.New(rand.NewPCG(p.seed, 0))
	loadBefore := machine.Load()
	status := playAll(p, r, ensemble, random)
	r.settings = fmt.Sprintf("Session timeout %v, tickTime %v, syncLimit 5, %d instances a fleet, up to %d repetitions (seed %d), in %v, load average %s to %s%s; a committed write took %v (median; 99 %%: %v)",
		sessionTimeout, tickTime, fleetSize, p.reps, p.seed, time.Since(began).Round(time.Second), loadBefore, machine.Load(), scheduling(),
		quantile(r.trips, 0.5), quantile(r.trips, 0.99))
	r.markdown(os.Stdout)
	if p.report != "" {
		if err := save(p.report, r.markdown); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			return 2
		}
	}
	for _, line := range r.broken() {
		fmt.Fprintln(os.Stderr, "broken:", line)
		status = max(status, 1)
	}
	return status
}

// playAll plays all faults once, then again. An interrupt ends it after the current run, so that what is known by
// then is reported.
func playAll(p plan, r *report, ensemble *realzk.Ensemble, random *rand.Rand) (status int) {
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for rep := range p.reps {
		for _, f := range p.faults {
			if interrupted.Err() != nil {
				return 0
			}
			if err := play(p, r, ensemble, f, rep, random); err != nil {
				fmt.Fprintf(os.Stderr, "chaos: %s, repetition %d: %v\n", f.name, rep+1, err)
				return 2
			}
		}
	}
	return 0
}

func save(name string, write func(io.Writer)) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	write(file)
	return file.Close()
}

// play is one run of one fault.
func play(p plan, r *report, ensemble *realzk.Ensemble, f fault, rep int, random *rand.Rand) (err error) {
	// A leader expires sessions on a grid, and pings its followers on another; the phase is fixed for its life.
	ctx, cancel := context.WithTimeout(context.Background(), ensembleLimit)
	defer cancel()
	leader, err := ensemble.Elect(ctx)
	if err != nil {
		return err
	}
	s := &scene{ensemble: ensemble, target: leader, pulse: startPulse()}
	defer s.pulse.stop()
	if f.place == onFollower {
		s.target = (leader + 1 + rep%2) % len(ensemble.Servers())
	}
	logs := ""
	if p.logs != "" {
		logs = filepath.Join(p.logs, fmt.Sprintf("%s-%d", f.name, rep+1))
		if err := os.MkdirAll(logs, 0o755); err != nil {
			return err
		}
	}
	var servers []string
	for _, server := range ensemble.Servers() {
		servers = append(servers, server.Addr())
	}
	var dirs []string
	for _, kind := range p.kinds {
		root := path.Join(watched, fmt.Sprintf("%s-%d", f.name, rep+1), kind)
		fleet, err := newFleet(kind, root, logs, ensemble, s.target)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, fleet.close()) }()
		s.fleets = append(s.fleets, fleet)
		dirs = append(dirs, fleet.dir())
	}
	if s.observer, err = observe(servers, dirs...); err != nil {
		return err
	}
	defer s.observer.close()

	if !f.unled {
		if err := s.assemble(); err != nil {
			return err
		}
		s.rest(time.Second + time.Duration(random.Int64N(int64(tickTime)))) // somewhere in the server's grid
	}
	if err := f.act(s); err != nil {
		return err
	}
	s.watch()
	r.trips = append(r.trips, s.observer.roundTrips(s.begun)...)
	for _, fleet := range s.fleets {
		got := judge(s.evidence(fleet, f))
		r.add(f, fleet.kind, got)
		fmt.Fprintf(os.Stderr, "%-24s %d %-8s overlap %v, overtaken %d, gap %v, %s, %s, recovered %s s, commits stalled %v %q\n", f.name, rep+1,
			fleet.kind, round(got.overlap), got.overtaken, round(got.gap), got.led(), or(got.handover, "–"), got.recovery(), round(got.stall), got.broken)
	}
	return nil
}
