// Command bench measures this library side by side with what its users would pick instead, on one real ZooKeeper:
// go-zookeeper's Lock, kazoo's Lock and Election, and Curator's InterProcessMutex and LeaderLatch.
//
// All clients take turns, A B C A B C ..., so that what else goes on concerns all alike. Each lives in processes of its
// own (players), which are told over their standard input what to do, and stamp times with the clock that all
// processes share. Times are measured with the players connected to the server directly; requests are counted in runs
// of their own, through a proxy that reads the opcode of every frame.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/bench/internal/player"
	"burrow.example/zookeeper/bench/internal/report"
	"burrow.example/zookeeper/internal/realzk"
)

// playerCommand is the first argument that makes this program a player.
const playerCommand = "player"

func main() {
	if len(os.Args) > 1 && os.Args[1] == playerCommand {
		os.Exit(player.Main(os.Args[2:]))
	}
	b := bench{plan: long, kinds: kinds, timeout: timeout, begun: time.Now()}
	shortly := flag.Bool("short", os.Getenv("BENCH_SHORT") == "1", "few rounds, to try it (about two minutes)")
	only := flag.String("only", "", "only these measurements, separated by commas: "+strings.Join(names(), ", "))
	among := flag.String("kinds", "", "only these clients, separated by commas")
	into := flag.String("write", "", "write results.json, the plots and the generated parts of the README into this `directory`")
	front := flag.String("front", "", "write the summary into this `file`, between its markers")
	from := flag.String("render", "", "measure nothing, but write again what this `results.json` says")
	flag.Parse()
	if *shortly {
		b.plan = short
	}
	err := b.choose(*among)
	switch {
	case err != nil:
	case *from != "":
		err = b.load(*from)
	default:
		err = b.run(*only)
	}
	if err == nil {
		b.report.Judge()
		b.report.Markdown(os.Stdout, "")
		err = b.publish(*into, *front)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	plan     plan
	kinds    []kind
	timeout  time.Duration // of sessions
	programs *programs
	server   *realzk.Server
	addr     string // of the server
	observer *zk.Conn
	report   report.Report
	begun    time.Time
}

// step is one measurement.
type step struct {
	name string
	do   func(*bench) error
}

var steps = []step{
	{"uncontended", (*bench).uncontended},
	{"handover-2", func(b *bench) error { return b.handOver("handover-2", 2) }},
	{"handover-crowd", func(b *bench) error { return b.handOver("handover-crowd", b.plan.crowd) }},
	{"rotation", (*bench).rotation},
	{"crash", (*bench).crash},
	{"connect", (*bench).connect},
	{"overhead", (*bench).overhead},
	{"valid", (*bench).valid},
	{"expiry", (*bench).expiry},
	{"idle", (*bench).idle},
}

func names() []string {
	all := make([]string, len(steps))
	for i, s := range steps {
		all[i] = s.name
	}
	return all
}

// choose leaves out all kinds that are not named; none if no name is given.
func (b *bench) choose(among string) error {
	if among == "" {
		return nil
	}
	b.kinds = nil
	for name := range strings.SplitSeq(among, ",") {
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
		if at < 0 {
			return fmt.Errorf("client %q is not known", name)
		}
		b.kinds = append(b.kinds, kinds[at])
	}
	return nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: %5.1fs %s\n", time.Since(b.begun).Seconds(), fmt.Sprintf(format, args...))
}

// run makes the measurements that are asked for; all if none is named.
func (b *bench) run(only string) (err error) {
	wanted := steps
	if only != "" {
		wanted = nil
		for name := range strings.SplitSeq(only, ",") {
			s, err := find(name)
			if err != nil {
				return err
			}
			wanted = append(wanted, s)
		}
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if b.programs, err = prepare(dir); err != nil {
		return err
	}
	close, err := b.serve(2 * time.Second)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, close()) }()
	b.say("%v", b.server)
	for _, s := range wanted {
		if err := s.do(b); err != nil {
			return err
		}
	}
	b.report.Machine = b.facts()
	return nil
}

func find(name string) (step, error) {
	for _, s := range steps {
		if s.name == name {
			return s, nil
		}
	}
	return step{}, fmt.Errorf("measurement %q: want %s", name, strings.Join(names(), ", "))
}

// serve starts a server that writes its log through to the disk, with an ordinary JVM, and connects an observer.
func (b *bench) serve(tick time.Duration) (close func() error, err error) {
	if err := toDisk(); err != nil {
		return nil, err
	}
	server, err := realzk.Start(realzk.Fsync(), realzk.TickTime(tick),
		realzk.ConfigLines("preAllocSize=65536"), // ZooKeeper's default
		realzk.JVMFlags("-Xmx512m", "-XX:TieredStopAtLevel=4"))
	if err != nil {
		return nil, err
	}
	observer, err := player.Connect(player.Settings{Server: server.Addr(), Timeout: 10 * time.Second})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	b.server, b.addr, b.observer = server, server.Addr(), observer
	return func() error {
		observer.Close()
		return server.Close()
	}, nil
}

func (b *bench) load(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &b.report)
}

// publish writes the report into a directory, and its summary into the front page; nothing where none is named.
func (b *bench) publish(dir, front string) error {
	if dir != "" {
		text, err := json.Marshal(&b.report)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "results.json"), append(text, '\n'), 0o644); err != nil {
			return err
		}
		if err := b.report.Plots(filepath.Join(dir, "plots")); err != nil {
			return err
		}
		var page strings.Builder
		b.report.Markdown(&page, "plots")
		if err := report.Between(filepath.Join(dir, "README.md"), "results", page.String()); err != nil {
			return err
		}
	}
	if front != "" {
		var summary strings.Builder
		b.report.Summary(&summary)
		return report.Between(front, "bench", summary.String())
	}
	return nil
}
