// Command chaos tries faults on a real three-server ZooKeeper ensemble and two fleets of real processes, one that
// leads with this library and one that runs Burrow's loop over go-zookeeper's Lock, and reports what they did: it
// counts actions, not beliefs.
//
// Both fleets live through the very same fault, each with a lock of its own: three instances, each with a proxy of
// its own to every server. The servers' quorum and election ports have proxies between them as well. An observer
// talks to each server directly.
//
//	go run ./internal/chaos -faults cut-follower,kill-leader -reps 1
//
// On a busy machine "chrt -r 1" before the command keeps other work out of the figures; the report says if it was used.
//
// It exits with 1 if the library broke a bound, and with 2 if the harness itself did not work. Every flag can be given
// as an environment variable as well, CHAOS_FAULTS for -faults.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

// instanceCommand makes this program one of the instances.
const instanceCommand = "instance"

func main() {
	if len(os.Args) > 1 && os.Args[1] == instanceCommand {
		os.Exit(instance.Main(os.Args[2:]))
	}
	p, err := parsePlan(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	if p.list {
		for _, f := range faults {
			fmt.Printf("%-24s %s; %v\n", f.name, f.brief, f.promise)
		}
		return
	}
	os.Exit(run(p))
}

// plan is what is to be done.
type plan struct {
	faults []fault
	kinds  []string
	reps   int
	seed   uint64
	report string // file
	logs   string // directory
	list   bool
}

// parsePlan reads the command line, with the environment for what is not on it.
func parsePlan(args []string, env func(string) string) (plan, error) {
	var p plan
	var names, kinds string
	var short bool
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.StringVar(&names, "faults", "", "the faults to try, comma-separated; default: all")
	flags.StringVar(&kinds, "clients", instance.Library+","+instance.Burrow, "the kinds of instance to try them on")
	flags.IntVar(&p.reps, "reps", 3, "how often each fault is tried")
	flags.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "decides at which moments faults strike")
	flags.StringVar(&p.report, "report", "", "a file for the report, beside the standard output")
	flags.StringVar(&p.logs, "logs", "", "a directory for the logs of every run")
	flags.BoolVar(&short, "short", false, "a selection of the faults, once each")
	flags.BoolVar(&p.list, "list", false, "list the faults and what is promised under each")
	var bad error
	flags.VisitAll(func(f *flag.Flag) {
		if value := env("CHAOS_" + strings.ToUpper(f.Name)); value != "" && bad == nil {
			if err := f.Value.Set(value); err != nil {
				bad = fmt.Errorf("CHAOS_%s=%q: %w", strings.ToUpper(f.Name), value, err)
			}
		}
	})
	if bad != nil {
		return p, bad
	}
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	if short {
		p.reps = 1
	}
	if p.reps < 1 {
		return p, fmt.Errorf("reps %d: want at least 1", p.reps)
	}
	p.kinds = strings.Split(kinds, ",")
	for _, kind := range p.kinds {
		if kind != instance.Library && kind != instance.Burrow {
			return p, fmt.Errorf("clients %q: want %s, %s or both", kinds, instance.Library, instance.Burrow)
		}
	}
	var err error
	p.faults, err = choose(names, short)
	return p, err
}

// choose returns the named faults, in the order named; all of them, or the short selection, if none is.
func choose(names string, short bool) (chosen []fault, err error) {
	if names == "" {
		for _, f := range faults {
			if f.short || !short {
				chosen = append(chosen, f)
			}
		}
		return chosen, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		known := false
		for _, f := range faults {
			if f.name == name {
				chosen, known = append(chosen, f), true
			}
		}
		if !known {
			return nil, fmt.Errorf("fault %q: no such thing; -list names them", name)
		}
	}
	return chosen, nil
}
