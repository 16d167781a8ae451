package zookeeper

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		release := make(chan struct{})
		if !g.add() || !g.spawn(func() { <-release }) {
			t.Fatal("an open group lets nobody in")
		}
		empty := g.close()
		if again := g.close(); again != empty {
			t.Error("a second close waits for something else")
		}
		if g.add() || g.spawn(func() { t.Error("a late comer runs") }) {
			t.Error("a closed group lets somebody in")
		}
		synctest.Wait()
		if isClosed(empty) {
			t.Error("empty with two inside")
		}
		g.done()
		if isClosed(empty) {
			t.Error("empty with one inside")
		}
		close(release)
		synctest.Wait()
		if !isClosed(empty) {
			t.Error("not empty when everybody is done")
		}
	})
}

func TestGroupThatNobodyEntered(t *testing.T) {
	if g := newGroup(); !isClosed(g.close()) || g.add() {
		t.Error("it is not closed, or not empty")
	}
}

// TestGroupDoneBeforeClose: to be empty for a moment is not the end.
func TestGroupDoneBeforeClose(t *testing.T) {
	g := newGroup()
	for range 3 {
		if !g.add() {
			t.Fatal("an open group lets nobody in")
		}
		g.done()
	}
	if !isClosed(g.close()) {
		t.Error("not empty")
	}
}

// TestGroupOpensAgain, for a Start after one that failed.
func TestGroupOpensAgain(t *testing.T) {
	g := newGroup()
	for range 3 {
		if !g.add() {
			t.Fatal("an opened group lets nobody in")
		}
		empty := g.close()
		g.done()
		if !isClosed(empty) {
			t.Error("not empty")
		}
		g.open()
	}
}

// TestGroupRace: when the group is empty, nobody who was let in is still at work, and nobody begins.
func TestGroupRace(t *testing.T) {
	for range 200 {
		g := newGroup()
		var inside, ran, let atomic.Int64
		var comers sync.WaitGroup
		start := make(chan struct{})
		for range 8 {
			comers.Go(func() {
				<-start
				for g.spawn(func() {
					inside.Add(1)
					ran.Add(1)
					inside.Add(-1)
				}) {
					let.Add(1)
				}
			})
		}
		close(start)
		g.spawn(func() {}) // some time passes
		<-g.close()
		if n := inside.Load(); n != 0 {
			t.Fatalf("%d at work in an empty group", n)
		}
		seen := ran.Load()
		comers.Wait()
		if ran.Load() != seen || let.Load() != seen {
			t.Fatalf("%d let in, %d ran before the group was empty, %d after", let.Load(), seen, ran.Load())
		}
	}
}
