package zktest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// historySeeds is how many stories are told of each ensemble. A new one is worth thousands, once.
var historySeeds = map[bool]int{false: 12, true: 4}[raceEnabled]

// writer creates nodes of its own, one after the other, at whatever member takes it, and remembers what it was told.
type writer struct {
	s     *Server
	name  string
	dice  *rand.Rand
	acked []string
	tried int
}

// run writes until ctx ends.
func (w *writer) run(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		m := w.s.Members()[w.dice.IntN(len(w.s.members))]
		p, err := tryAttach(t, m, w.s.Client(w.name).Dial, 8*time.Second, nil)
		if err != nil || p.session == 0 {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			w.tried++
			path := fmt.Sprintf("/%s-%d", w.name, w.tried)
			if p.create(path, 0) != nil {
				break
			}
			w.acked = append(w.acked, path)
			time.Sleep(time.Duration(w.dice.Int64N(int64(500 * time.Millisecond))))
		}
		p.nc.Close()
	}
}

// mischief does one thing to the ensemble that an ensemble must survive.
func mischief(s *Server, dice *rand.Rand) string {
	m := s.Members()[dice.IntN(len(s.members))]
	verbs := []struct {
		name string
		do   func()
	}{
		{"isolate", m.Isolate}, {"isolate the leader", func() { isolateLeader(s) }}, {"heal", m.Heal},
		{"freeze", m.Freeze}, {"thaw", m.Thaw}, {"stop", m.Stop}, {"restart", func() { m.Restart() }},
		{"heal all", s.Heal}, {"drop", m.DropConnections}, {"reset", m.ResetConnections},
		{"lose a reply", func() { m.LoseNextReply(OpCreate) }}, {"mute", m.Mute}, {"cut", m.Cut},
	}
	v := verbs[dice.IntN(len(verbs))]
	v.do()
	return fmt.Sprintf("%s %d", v.name, m.Number())
}

func isolateLeader(s *Server) {
	if l := s.Leader(); l != nil {
		l.Isolate()
	}
}

// Whatever happens to the members, no client is told of a write that is lost later, and once all is well again all
// members agree.
func TestNothingThatWasAcknowledgedIsLost(t *testing.T) {
	unanswered := 0
	for _, members := range []int{1, 3, 5} {
		t.Run(fmt.Sprint(members, " members"), func(t *testing.T) {
			each(t, historySeeds, []Option{Members(members)}, func(t *testing.T, s *Server) {
				dice := rand.New(rand.NewPCG(s.opt.seed, 99))
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				var writers []*writer
				for i := range 3 {
					w := &writer{s: s, name: fmt.Sprint("w", i), dice: rand.New(rand.NewPCG(s.opt.seed, uint64(i)))}
					writers = append(writers, w)
					go func() { w.run(ctx, t); ended <- struct{}{} }()
				}
				var story []string
				for range 25 {
					time.Sleep(time.Duration(dice.Int64N(int64(6 * time.Second))))
					story = append(story, mischief(s, dice))
				}
				s.Heal()
				for _, m := range s.Members() {
					m.Restart()
				}
				healed := time.Now()
				eventually(t, 15*time.Second, "a leader", func() bool { return s.Leader() != nil })
				eventually(t, 15*time.Second, "everybody serves", func() bool { return 1+len(s.followers()) == members || members == 1 })
				time.Sleep(5 * time.Second)
				stop()
				for range writers {
					<-ended
				}
				time.Sleep(time.Minute) // sessions expire, everything is committed
				for _, w := range writers {
					for _, path := range w.acked {
						if _, ok := s.Node(path); !ok {
							t.Errorf("%s was acknowledged and is lost", path)
						}
					}
					if len(w.acked) == 0 {
						t.Errorf("%s got nothing through", w.name)
					}
					unanswered += w.tried - len(w.acked)
				}
				for _, m := range s.Members() {
					if !reflect.DeepEqual(m.tree, s.Leader().tree) {
						t.Errorf("member %d disagrees with the leader", m.Number())
					}
				}
				if t.Failed() {
					t.Logf("healed at %v, after %v", healed, story)
				}
			})
		})
	}
	if unanswered < 100 {
		t.Errorf("only %d writes went unanswered: the faults are too kind", unanswered)
	}
}
