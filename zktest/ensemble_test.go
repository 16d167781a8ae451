package zktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// each runs a test in virtual time, once for every seed.
func each(t *testing.T, seeds int, opts []Option, f func(t *testing.T, s *Server)) {
	t.Helper()
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := RunT(t, append([]Option{InMemory(), Seed(uint64(seed))}, opts...)...)
				f(t, s)
			})
		})
	}
}

var three = []Option{Members(3)}

func TestAFollowerThatIsCutOff(t *testing.T) {
	each(t, 20, three, func(t *testing.T, s *Server) {
		f := s.followers()[0]
		reader := attach(t, f, s.Dial, 8*time.Second, nil)
		writer := attach(t, f, s.Dial, 8*time.Second, nil)
		other := attach(t, s.Leader(), s.Dial, 8*time.Second, nil)
		time.Sleep(time.Duration(s.opt.seed) * 113 * time.Millisecond) // some phase of the leader's ticks
		f.Isolate()
		cut := time.Now()
		if err := other.create("/x", 0); err != nil {
			t.Errorf("create at the leader: %v", err)
		}
		if err := writer.create("/y", 0); !errors.Is(err, errSilent) {
			t.Errorf("create at the follower: %v, want silence", err)
		}
		if err := writer.ping(); !errors.Is(err, errSilent) {
			t.Errorf("ping behind a write: %v, want silence", err)
		}
		if there, err := reader.exists("/x", false); there || err != nil {
			t.Errorf("the follower has heard of /x: %v, %v", there, err)
		}
		reader.dropped(time.Minute)
		if took := time.Since(cut); took < 9*time.Second || took > 10*time.Second+50*time.Millisecond {
			t.Errorf("clients dropped after %v", took)
		}
		if f.Role() != "looking" {
			t.Errorf("role %s", f.Role())
		}
		if _, err := tryAttach(t, f, s.Dial, 8*time.Second, reader); err == nil {
			t.Error("a looking member took a client")
		}
		f.Heal()
		eventually(t, time.Second, "the follower is back", func() bool { return f.Role() == "follower" })
		if _, ok := f.Node("/x"); !ok {
			t.Error("/x is missing after the follower's return")
		}
		if _, ok := s.Node("/y"); ok {
			t.Error("/y was committed")
		}
	})
}

func TestALeaderThatIsCutOff(t *testing.T) {
	each(t, 20, three, func(t *testing.T, s *Server) {
		old, f := s.Leader(), s.followers()[0]
		holder := attach(t, f, s.Dial, 4*time.Second, nil)
		if err := holder.create("/held", 1); err != nil {
			t.Fatal(err)
		}
		reader := attach(t, old, s.Dial, 4*time.Second, nil)
		writer := attach(t, old, s.Dial, 4*time.Second, nil)
		time.Sleep(time.Duration(s.opt.seed) * 113 * time.Millisecond)
		old.Isolate()
		cut := time.Now()
		if err := reader.sync(); err != nil {
			t.Errorf("sync at a leader that is cut off: %v", err)
		}
		if err := writer.create("/y", 0); !errors.Is(err, errSilent) {
			t.Errorf("create at a leader that is cut off: %v, want silence", err)
		}
		for time.Since(cut) < 7*time.Second {
			if err := errors.Join(reader.ping(), holder.ping()); err != nil {
				t.Fatalf("after %v: %v", time.Since(cut), err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		// It has not heard of the holder for more than its timeout, and says so. The majority thinks otherwise.
		if liar := attach(t, old, s.Dial, 4*time.Second, holder); liar.session != 0 {
			t.Error("the old leader takes up a session of which it has not heard")
		}
		if _, ok := f.Node("/held"); !ok {
			t.Error("the majority has given the session up")
		}
		if there, _ := reader.exists("/held", false); !there {
			t.Error("the old leader has deleted a node without a quorum")
		}
		reader.dropped(time.Minute)
		if took := time.Since(cut); took < 9300*time.Millisecond || took > 12*time.Second+50*time.Millisecond {
			t.Errorf("clients dropped after %v", took)
		}
		eventually(t, 2*time.Second, "a new leader", func() bool { l := s.Leader(); return l != nil && l != old })
		if took := time.Since(cut); took > 13*time.Second {
			t.Errorf("new leader after %v", took)
		}
		again := attach(t, s.Leader(), s.Dial, 4*time.Second, holder)
		if again.session != holder.session {
			t.Error("the holder's session did not survive the election")
		}
		if err := again.prove("/held"); err != nil {
			t.Errorf("prove: %v", err)
		}
		old.Heal()
		eventually(t, 2*time.Second, "the old leader follows", func() bool { return old.Role() == "follower" })
		if _, ok := old.Node("/y"); ok {
			t.Error("what the old leader proposed in vain was committed")
		}
	})
}

func TestAStoppedLeader(t *testing.T) {
	each(t, 20, three, func(t *testing.T, s *Server) {
		old, f := s.Leader(), s.followers()[1]
		p := attach(t, f, s.Dial, 6*time.Second, nil)
		if err := p.create("/e", 1); err != nil {
			t.Fatal(err)
		}
		old.Stop()
		stopped := time.Now()
		if took := p.dropped(time.Second); took > 50*time.Millisecond {
			t.Errorf("a follower without a leader drops its clients after %v", took)
		}
		eventually(t, 2*time.Second, "a new leader", func() bool { return s.Leader() != nil })
		if took := time.Since(stopped); took < 200*time.Millisecond || took > 1100*time.Millisecond {
			t.Errorf("election took %v", took)
		}
		if _, err := tryAttach(t, old, s.Dial, 6*time.Second, p); err == nil {
			t.Error("a stopped member took a client")
		}
		p = attach(t, s.Leader(), s.Dial, 6*time.Second, p)
		if there, err := p.exists("/e", false); !there || err != nil {
			t.Errorf("the ephemeral node did not survive: %v", err)
		}
		if err := old.Restart(); err != nil {
			t.Fatal(err)
		}
		eventually(t, time.Second, "the old leader follows", func() bool { return old.Role() == "follower" })
	})
}

func TestNoQuorumNoService(t *testing.T) {
	each(t, 5, three, func(t *testing.T, s *Server) {
		l := s.Leader()
		p := attach(t, l, s.Dial, 10*time.Second, nil)
		for _, f := range s.followers() {
			f.Stop()
		}
		if took := p.dropped(10 * time.Second); took > 2100*time.Millisecond {
			t.Errorf("a leader alone drops its clients after %v", took)
		}
		time.Sleep(time.Minute)
		if s.Leader() != nil {
			t.Error("a member alone leads")
		}
		s.Member(1).Restart()
		s.Member(2).Restart()
		s.Member(3).Restart()
		eventually(t, 2*time.Second, "a leader", func() bool { return s.Leader() != nil })
		if again := attach(t, s.Leader(), s.Dial, 10*time.Second, p); again.session != p.session {
			t.Error("the session did not survive: a new leader starts its clock afresh")
		}
	})
}

// The node of a client whose last proof was answered is not deleted before the time on which a lease relies.
func TestAProofLastsAsLongAsALeaseNeeds(t *testing.T) {
	const timeout, beat = 6 * time.Second, 500 * time.Millisecond
	first := time.Hour
	each(t, 100, three, func(t *testing.T, s *Server) {
		f := s.followers()[s.opt.seed%2]
		dice := rand.New(rand.NewPCG(s.opt.seed, 7))
		time.Sleep(time.Duration(dice.Int64N(int64(s.opt.tick)))) // some phase of the leader's pings
		p := attach(t, f, s.Dial, timeout, nil)
		if err := p.create("/e", 1); err != nil {
			t.Fatal(err)
		}
		var proved time.Time
		for range 10 {
			time.Sleep(beat)
			proved = time.Now()
			if err := p.prove("/e"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(dice.Int64N(int64(beat))))
		f.Isolate()
		eventually(t, 20*time.Second, "the node is gone", func() bool { _, ok := s.Node("/e"); return !ok })
		lasted := time.Since(proved)
		first = min(first, lasted)
		if least := timeout - beat - s.opt.tick/2; lasted < least {
			t.Errorf("the node went %v after the last answered proof was sent, before %v", lasted, least)
		}
	})
	t.Logf("the earliest deletion came %v after the last answered proof", first)
	if first > timeout {
		t.Errorf("the earliest deletion came after %v: the touches of a follower seem to travel too fast", first)
	}
}

// A write whose leader dies under it may have happened or not; what was answered has.
func TestAWriteWhoseLeaderDies(t *testing.T) {
	outcomes := map[string]int{}
	each(t, 60, three, func(t *testing.T, s *Server) {
		dice := rand.New(rand.NewPCG(s.opt.seed, 8))
		old := s.Leader()
		p := attach(t, old, s.Dial, 10*time.Second, nil)
		p.send(OpCreate, func(e *encoder) {
			e.string("/x")
			e.buffer(nil)
			e.acls(worldACL)
			e.int32(0)
		})
		time.Sleep(time.Duration(dice.Int64N(int64(2 * time.Millisecond))))
		old.Stop()
		code, _, err := p.await(time.Second)
		eventually(t, 2*time.Second, "a new leader", func() bool { return s.Leader() != nil })
		_, there := s.Node("/x")
		outcome := fmt.Sprintf("answered %t, happened %t", err == nil && code == OK, there)
		outcomes[outcome]++
		if outcome == "answered true, happened false" {
			t.Error(outcome)
		}
		old.Restart()
		eventually(t, 2*time.Second, "the old leader follows", func() bool { return old.Role() == "follower" })
		if _, ok := old.Node("/x"); ok != there {
			t.Error("the old leader disagrees")
		}
	})
	t.Log(outcomes)
	for _, outcome := range []string{"answered true, happened true", "answered false, happened true", "answered false, happened false"} {
		if outcomes[outcome] == 0 {
			t.Errorf("never: %s", outcome)
		}
	}
}

// TestQuorumLatency: a write at the leader goes to a follower and back; at a follower it goes to the leader before, and its
// commit comes back after.
func TestQuorumLatency(t *testing.T) {
	for _, way := range []time.Duration{0, 10 * time.Millisecond} {
		each(t, 1, []Option{Members(3), Latency(0, 0), QuorumLatency(way, way)}, func(t *testing.T, s *Server) {
			synctest.Wait()
			for at, ways := range map[*Member]time.Duration{s.Leader(): 2, s.followers()[0]: 4} {
				p := attach(t, at, s.Dial, 8*time.Second, nil)
				begun := time.Now()
				if err := p.create("/by-"+at.Role(), 0); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took != ways*way {
					t.Errorf("a write at the %s took %v, want %v", at.Role(), took, ways*way)
				}
			}
		})
	}
}
