package main

import (
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// moments are the points between which a leader's work is one step: everything that the world, or the store, can see
// of an incident's life. A leader that dies between two of them leaves what it leaves at the one before.
var moments = []struct {
	name    string
	repeats int // deliveries that the next leader has to repeat, for it cannot know
}{
	{"second failed check", 0},
	{"open arrives", 0},
	{"open accepted", 1},
	{"open marked", 0},
	{"close arrives", 0},
	{"close accepted", 1},
	{"incident forgotten", 0},
}

// TestDeathAtEveryMoment has the leader, a process of its own on a real ZooKeeper, killed, asked to end, and stopped in
// its tracks for longer than its session lives, at every moment of an incident's life. The webhook must hear of
// one open and one close, of one incident, and nothing may be done by an instance that has been overtaken.
func TestDeathAtEveryMoment(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGSTOP} {
		for _, moment := range moments {
			t.Run(fmt.Sprintf("%v at %s", signal, moment.name), func(t *testing.T) {
				t.Parallel()
				s := newScene(t)
				s.strikeAt(moment.name, func(leader string) { s.strike(leader, signal) })
				s.start("one")
				s.start("two")
				s.awaitLine(2)
				s.site.GoDown()

				struck := s.awaitStrike()
				next, err := s.ledger.Await(s.ctx, struck.term)
				s.must(err)
				t.Logf("%s acted %v after the signal", next.Instance, next.At.Sub(struck.at).Round(time.Millisecond))
				if signal == syscall.SIGSTOP {
					s.must(s.processes[struck.leader].Signal(syscall.SIGCONT))
				}
				s.awaitEvents(1)
				s.site.ComeBack()
				s.awaitEvents(2)
				s.awaitForgotten()
				s.must(s.ledger.AwaitMore(s.ctx, 5)) // in which the webhook could hear of more

				s.checkTold(moment.repeats)
				if leader := s.ledger.Last().Instance; leader == struck.leader {
					t.Errorf("%s, which was struck, leads", leader)
				}
			})
		}
	}
}

// strike does to the leader what the signal says. What the leader was waiting for at that moment does not come before
// it has ended or stopped.
func (s *scene) strike(leader string, signal syscall.Signal) {
	p := s.processes[leader]
	switch signal {
	case syscall.SIGKILL:
		s.must(p.Kill())
	case syscall.SIGTERM:
		s.must(p.Stop())
	default:
		term := s.ledger.Last().Term
		s.must(p.Signal(signal))
		// A process stops some time after the signal; what it waits for must not come before that.
		_, err := s.ledger.Await(s.ctx, term)
		s.must(err)
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(asNotifier) != "" {
		main() // exits
	}
	// These tests wait for sessions to expire, not for a processor.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(testMain(m))
}
