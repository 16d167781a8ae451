package zktest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
)

// storm runs three real clients against an ensemble under random faults and prints everything that they see, with
// the virtual time to the nanosecond.
func storm(t *testing.T, seed uint64) {
	synctest.Test(t, func(t *testing.T) {
		s := RunT(t, InMemory(), Members(3), Seed(seed))
		start := time.Now()
		say := func(format string, args ...any) {
			fmt.Printf("storm %v %s\n", time.Since(start), fmt.Sprintf(format, args...))
		}
		dice := rand.New(rand.NewPCG(seed, 5))
		ctx, stop := context.WithCancel(t.Context())
		var workers sync.WaitGroup
		var conns []*zk.Conn
		var ended []<-chan zk.Event
		for i := range 3 {
			name := fmt.Sprint("c", i)
			c, events, err := zk.Connect(s.Addrs(), 6*time.Second, zk.WithLogger(quiet{}),
				zk.WithDialer(s.Client(name).DialTimeout), zk.WithHostProvider(&rota{next: i}),
				zk.WithEventCallback(func(e zk.Event) { say("%s %v %v", name, e.Type, e.State) }))
			if err != nil {
				t.Fatal(err)
			}
			conns, ended = append(conns, c), append(ended, events)
			delay := time.Duration(dice.Int64N(int64(time.Second)))
			workers.Go(func() {
				time.Sleep(delay)
				for ctx.Err() == nil {
					_, err := c.Create("/n", nil, zk.FlagEphemeral|zk.FlagSequence, zk.WorldACL(zk.PermAll))
					say("%s create %v", name, err)
					time.Sleep(delay/3 + time.Second)
				}
			})
		}
		for range 12 {
			time.Sleep(time.Duration(dice.Int64N(int64(5 * time.Second))))
			m := s.Member(1 + dice.IntN(3))
			switch dice.IntN(6) {
			case 0:
				m.Isolate()
			case 1:
				m.Freeze()
			case 2:
				m.Stop()
			case 3:
				s.Client("c1").Cut()
			default:
				s.Heal()
				m.Restart()
			}
		}
		s.Heal()
		for i := range 3 {
			s.Member(i + 1).Restart()
		}
		time.Sleep(30 * time.Second)
		stop()
		workers.Wait()
		for i, c := range conns {
			c.Close()
			for range ended[i] {
			}
		}
		for _, session := range s.Sessions() {
			say("left %v", session)
		}
	})
}

// rota hands out the servers as they stand; go-zookeeper's own provider shuffles them.
type rota struct {
	servers []string
	next    int
	tried   int
}

func (p *rota) Init(servers []string) error {
	p.servers = []string{"192.0.2.1:2181", "192.0.2.2:2181", "192.0.2.3:2181"}
	return nil
}
func (p *rota) Len() int   { return len(p.servers) }
func (p *rota) Connected() { p.tried = 0 }
func (p *rota) Next() (string, bool) {
	p.next++
	p.tried++
	return p.servers[p.next%3], p.tried > 3
}

// TestARunRepeats runs the same storm in processes with one thread and compares what they print.
func TestARunRepeats(t *testing.T) {
	if os.Getenv("ZKTEST_STORM") != "" {
		storm(t, 11)
		return
	}
	processes := 4
	if raceEnabled {
		processes = 1 // the race detector schedules goroutines at random: all there is to see is that it runs
	}
	runs := map[string]int{}
	for range processes {
		cmd := exec.Command(os.Args[0], "-test.run=^TestARunRepeats$")
		cmd.Env = append(os.Environ(), "ZKTEST_STORM=1", "GOMAXPROCS=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var lines []string
		for line := range strings.SplitSeq(string(out), "\n") {
			if strings.HasPrefix(line, "storm ") {
				lines = append(lines, line)
			}
		}
		if len(lines) < 100 {
			t.Fatalf("only %d lines:\n%s", len(lines), out)
		}
		runs[strings.Join(lines, "\n")]++
	}
	if len(runs) > 1 {
		t.Errorf("%d different runs of one seed", len(runs))
	}
}
