package lease

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/dial"
)

// trusted is a Lease that is for some time to come.
func trusted() *Lease {
	l, now := New(Config{Timeout: time.Hour}), time.Now()
	l.Attached(dial.Link{Timeout: time.Hour, Dialed: now, Up: now})
	l.Committed(time.Now())
	return l
}

// TestValidAllocatesNothing, so that it can be asked before every action.
func TestValidAllocatesNothing(t *testing.T) {
	l := trusted()
	if n := testing.AllocsPerRun(1000, func() {
		if !l.Valid() {
			t.Error("not trusted")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkValid(b *testing.B) {
	l := trusted()
	b.ReportAllocs()
	for b.Loop() {
		if !l.Valid() {
			b.Fatal("not trusted")
		}
	}
}

func BenchmarkValidFromManyGoroutines(b *testing.B) {
	l := trusted()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if !l.Valid() {
				b.Error("not trusted")
			}
		}
	})
}

// TestSharedByManyGoroutines is for the race detector: locks come and go while the session is proved.
func TestSharedByManyGoroutines(t *testing.T) {
	s := newSession(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(t.Context())
	}()
	t.Cleanup(func() { <-ended }) // the test's context ends first
	s.up(T)
	s.Committed(time.Now())
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := range 100 {
				node := fmt.Sprintf("/%d-%d", i, n)
				s.Warm(node, func() {})
				if !s.Hold(node, func() {}) {
					t.Errorf("%s cannot be held", node)
				}
				s.Committed(time.Now())
				if !s.Valid() || !s.Until().After(time.Now()) {
					t.Error("trust was lost")
				}
				s.Drop(node)
			}
		})
	}
	all.Go(func() {
		for range 50 {
			s.down()
			s.up(T)
		}
	})
	all.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) != 0 {
		t.Errorf("events are %v", s.events)
	}
}

// TestFresh: trust is fresh for T/6 after the last answered check was sent.
func TestFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		if s.Fresh() {
			t.Error("fresh without a check")
		}
		s.serve(silent)
		s.hold(t, "/a")
		time.Sleep(T / 6)
		if !s.Fresh() {
			t.Error("not fresh after T/6")
		}
		time.Sleep(time.Nanosecond)
		if s.Fresh() || !s.Valid() {
			t.Errorf("after T/6: fresh %v, valid %v", s.Fresh(), s.Valid())
		}
	})
}
