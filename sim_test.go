package zookeeper

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper/zktest"
)

// The simulator: three instances that contend for one leadership on an ensemble of three, real client library and
// all, in virtual time, under a schedule of faults that follows from a seed. See simfaults_test.go for the faults and
// simcheck_test.go for what must hold.

var (
	simSeeds = flag.Int("sim.seeds", 40, "how many seeds to simulate")
	simSeed  = flag.Uint64("sim.seed", 0, "simulate this seed alone, and print what happens")
	simUntil = flag.Bool("sim.until", false, "with -sim.seed: repeat until there is a violation")
)

func TestSim(t *testing.T) {
	defer alone()()
	if *simSeed != 0 {
		replay(t, *simSeed)
		return
	}
	begun := time.Now()
	var failed, terms int
	for seed := uint64(1); seed <= uint64(*simSeeds); seed++ {
		s := simulate(t, seed, mutation{}, nil)
		terms += len(s.terms)
		for _, v := range s.violations {
			t.Errorf("seed %d: %s", seed, v)
		}
		if len(s.violations) > 0 {
			t.Errorf("repeat with: make sim SEED=%d UNTIL=1", seed)
			if failed++; failed == 5 {
				t.Fatal("enough")
			}
		}
	}
	took := time.Since(begun)
	t.Logf("%d seeds, %d terms, %d violations, %.0f seeds per second", *simSeeds, terms, failed, float64(*simSeeds)/took.Seconds())
}

// alone keeps other cores and the garbage collector from deciding who runs next, until the function that it returns is
// called. What collects the garbage meanwhile is simulate, between two runs.
func alone() (undo func()) {
	cores, percent := runtime.GOMAXPROCS(1), debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		runtime.GOMAXPROCS(cores)
	}
}

// replay tells a seed in full, the run with a violation if there is one; see TestSimRepeats for why that takes more
// than one.
func replay(t *testing.T, seed uint64) {
	for range 50 {
		var told bytes.Buffer
		s := simulate(t, seed, mutation{}, &told)
		if len(s.violations) == 0 && *simUntil {
			continue
		}
		os.Stdout.Write(told.Bytes())
		for _, v := range s.violations {
			t.Error(v)
		}
		return
	}
	t.Log("no violation in 50 runs")
}

// mutation breaks the library for the simulator to find out.
type mutation struct {
	trustPings bool // trust is extended as long as there is a connection
	noQueue    bool // a lock is held whoever is ahead
	loseEvents bool // some expiries do not reach the event loop
}

func TestSimFindsABrokenLibrary(t *testing.T) {
	defer alone()()
	for name, m := range map[string]mutation{
		"trust in pings": {trustPings: true},
		"no queue":       {noQueue: true},
		"lost events":    {loseEvents: true},
	} {
		t.Run(name, func(t *testing.T) {
			if m.noQueue {
				good := contenderName
				defer func() { contenderName = good }()
				contenderName = regexp.MustCompile(`^nobody([0-9]+)$`)
			}
			for seed := uint64(1); seed <= 1000; seed++ {
				if s := simulate(t, seed, m, nil); len(s.violations) > 0 {
					t.Logf("found with seed %d: %s", seed, s.violations[0])
					return
				}
			}
			t.Error("not found with 1,000 seeds")
		})
	}
}

const (
	simTimeout = 6 * time.Second
	simTick    = 2 * time.Second
	simMargin  = (simTimeout/4 - simTick/2) * 9 / 10 // for how long work may go on after its term; see doc.go
	simFaults  = 60 * time.Second                    // for how long there are faults
	simName    = "job"
	simRoot    = "/sim"
)

// sim is one run.
type sim struct {
	random *rand.Rand
	server *zktest.Server
	agents []*agent
	begun  time.Time
	log    *zap.Logger

	mu         sync.Mutex
	violations []string
	terms      []int64    // in the order in which they began
	settled    []int64    // those of them before all instances are stopped
	writes     []write    // guarded ones that succeeded
	taken      []taking   // what was taken away by force
	disturbed  time.Time  // when a lasting fault was there last
	faults     []*ongoing // lasting faults
}

type write struct{ zxid, term int64 }

// agent is one instance.
type agent struct {
	*sim
	name   string
	random *rand.Rand
	zc     *Coordinator
	net    *zktest.Client

	// Under sim.mu.
	term    *Leadership // the latest
	working bool
	forced  time.Time // when the latest term was ended by force
}

func simulate(t *testing.T, seed uint64, m mutation, trace io.Writer) *sim {
	if seed%8 == 0 {
		runtime.GC()
	}
	var s *sim
	synctest.Test(t, func(t *testing.T) {
		s = &sim{random: rand.New(rand.NewPCG(seed, 0)), begun: time.Now(), log: zap.NewNop()}
		if trace != nil {
			s.log = tracer(trace, s.begun)
		}
		var err error
		clients, members := network(seed)
		if s.server, err = zktest.Start(zktest.InMemory(), zktest.Members(3), zktest.Seed(seed), zktest.Tick(simTick), clients, members); err != nil {
			t.Fatal(err)
		}
		defer s.server.Close()
		if err := s.server.Create(path.Join(simRoot, "state"), nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		for n := range 3 {
			a := s.join(fmt.Sprintf("i%d", n+1), rand.NewPCG(seed, uint64(n+1)), seed)
			s.agents = append(s.agents, a)
			running.Go(func() { a.lead(ctx) })
			if m != (mutation{}) {
				running.Go(func() { a.mutate(ctx, m) })
			}
		}

		s.inject()
		s.settle()
		s.settled = slices.Clone(s.terms)
		for _, a := range s.agents {
			s.log.Info("stop", zap.String("instance", a.name))
			if err := a.zc.Stop(); err != nil {
				s.violation("stop of %s: %v", a.name, err)
			}
		}
		cancel()
		running.Wait()
		s.checkWrites()
	})
	return s
}

// network is how long data takes, by turns: no time at all, so that much happens at once, what it takes in one data centre,
// and what it takes between several.
func network(seed uint64) (clients, members zktest.Option) {
	switch seed % 3 {
	case 0:
		return zktest.Latency(atOnce, atOnce), zktest.QuorumLatency(atOnce, atOnce)
	case 1:
		return zktest.Latency(50*time.Microsecond, 250*time.Microsecond), zktest.QuorumLatency(100*time.Microsecond, 500*time.Microsecond)
	}
	return zktest.Latency(time.Millisecond, 20*time.Millisecond), zktest.QuorumLatency(time.Millisecond, 20*time.Millisecond)
}

func (s *sim) join(name string, chance *rand.PCG, seed uint64) *agent {
	a := &agent{sim: s, name: name, random: rand.New(chance), net: s.server.Client(name)}
	a.zc = &Coordinator{
		Log: s.log.Named(name),
		Config: Config{
			Servers: s.server.Addrs(), RootPath: simRoot, ID: name,
			SessionTimeout: simTimeout, ConnectTimeout: -1, Dial: a.net.Dial,
		},
		chance: rand.NewPCG(seed, a.random.Uint64()),
		buffer: 1 << 15,
	}
	a.zc.Configure()
	return a
}

// lead is what an application does: it starts, and leads again and again.
func (a *agent) lead(ctx context.Context) {
	if err := a.zc.Start(); err != nil {
		a.violation("%s does not start: %v", a.name, err)
		return
	}
	err := a.zc.App.Lead(ctx, simName, a.work)
	if a.zc.App.State() != Stopped {
		a.violation("%s: Lead returned: %v", a.name, err)
	}
}

// work acts as long as it may, most often when the term is young and somebody else may not have heard of it yet. It makes
// guarded writes, and takes its time to return.
func (a *agent) work(l *Leadership) error {
	const shortest, longest = 50 * time.Millisecond, 400 * time.Millisecond
	a.begins(l)
	defer a.ends(l)
	var writes sync.WaitGroup
	defer writes.Wait()
	linger := time.Duration(a.random.Int64N(int64(simMargin)))
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause := shortest
	for n := 0; ; n++ {
		select {
		case <-timer.C:
			a.acts(l)
			if n%4 == 0 {
				writes.Go(func() { a.write(l) })
			}
		case <-l.Context().Done():
			a.hears(l)
			time.Sleep(linger)
			return nil
		}
		timer.Reset(pause + time.Duration(a.random.Int64N(int64(pause/2))))
		pause = min(pause*11/10, longest)
	}
}

func (a *agent) write(l *Leadership) {
	responses, err := l.Guard(&zk.SetDataRequest{Path: path.Join(simRoot, "state"), Data: []byte(a.name), Version: -1})
	if err == nil {
		a.wrote(write{responses[0].Stat.Mzxid, l.Term()})
	}
}

// mutate breaks an instance from outside.
func (a *agent) mutate(ctx context.Context, m mutation) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	stolen := a.zc.queue.ready
	if !m.loseEvents {
		stolen = nil
	}
	for a.zc.App.State() != Stopped {
		select {
		case <-tick.C:
			if st := a.zc.App.current.Load(); m.trustPings && st.state == Connected {
				st.session.lease.Committed(time.Now())
			}
		case <-stolen: // about every other time
			for _, ev := range a.zc.queue.take() {
				if ev.kind != expired {
					a.zc.queue.put(ev)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// tracer logs with the time since the beginning.
func tracer(to io.Writer, begun time.Time) *zap.Logger {
	config := zap.NewDevelopmentEncoderConfig()
	config.EncodeTime = func(t time.Time, enc zapcore.PrimitiveArrayEncoder) {
		enc.AppendString(fmt.Sprintf("%9.4f", t.Sub(begun).Seconds()))
	}
	return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(config), zapcore.AddSync(to), zap.DebugLevel))
}
