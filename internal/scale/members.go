package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"burrow.example/zookeeper"
)

// members are coordinators in this process, below one meter.
type members struct {
	meter *meter
	all   []*zookeeper.Coordinator
}

// startMembers starts so many, a few at a time.
func startMembers(at server, root string, n int, timeout time.Duration) (*members, error) {
	m := &members{meter: newMeter(at.dial), all: make([]*zookeeper.Coordinator, n)}
	err := atATime(16, n, func(i int) error {
		m.all[i] = &zookeeper.Coordinator{Config: zookeeper.Config{
			Servers: []string{at.addr}, RootPath: root, SessionTimeout: timeout, ConnectTimeout: time.Minute,
			ID: fmt.Sprintf("member-%05d", i), Dial: m.meter.dial,
		}}
		m.all[i].Configure()
		return m.all[i].Start()
	})
	if err != nil {
		return nil, errors.Join(err, m.stop())
	}
	return m, nil
}

func (m *members) stop() error {
	return atATime(16, len(m.all), func(i int) error {
		if m.all[i] == nil {
			return nil
		}
		return m.all[i].Stop()
	})
}

// atATime calls do for 0 to n-1, in a few goroutines, and returns when all are done.
func atATime(few, n int, do func(i int) error) error {
	next, failed := make(chan int), make(chan error, few)
	for range few {
		go func() { // ends with next; waited for below
			var errs error
			for i := range next {
				errs = errors.Join(errs, do(i))
			}
			failed <- errs
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	var errs error
	for range few {
		errs = errors.Join(errs, <-failed)
	}
	return errs
}

// eventually asks until the answer is yes or ctx ends.
func eventually(ctx context.Context, what string, holds func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, context.Cause(ctx))
		}
	}
}

// usage is what this process has used.
type usage struct {
	cpu        time.Duration // user and system
	heap       int64         // bytes that live, after a collection
	resident   int64         // bytes; 0 where there is no /proc
	goroutines int
}

func measure() usage {
	var rusage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &rusage) // fails for no valid argument
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	u := usage{
		cpu:  time.Duration(rusage.Utime.Nano() + rusage.Stime.Nano()),
		heap: int64(mem.HeapAlloc), goroutines: runtime.NumGoroutine(),
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, pages int64
		if _, err := fmt.Sscan(string(text), &size, &pages); err == nil {
			u.resident = pages * int64(os.Getpagesize())
		}
	}
	return u
}
