package main

import (
	"slices"
	"sync"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
)

// pulse does what an instance does, one beat after another, but asks nobody: what it misses is the machine's doing.
type pulse struct {
	quit chan struct{}
	done chan struct{}

	mu    sync.Mutex
	beats []time.Duration
}

func startPulse() *pulse {
	p := &pulse{quit: make(chan struct{}), done: make(chan struct{})}
	go p.run() // ends with stop, which waits for it
	return p
}

func (p *pulse) run() {
	defer close(p.done)
	beat := time.NewTicker(instance.Beat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			p.mu.Lock()
			p.beats = append(p.beats, instance.Now())
			p.mu.Unlock()
		case <-p.quit:
			return
		}
	}
}

// times returns the times of the beats, in order.
func (p *pulse) times() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.beats)
}

func (p *pulse) stop() {
	close(p.quit)
	<-p.done
}
