// Package player is one process of a side-by-side measurement. It holds sessions of one kind of client, each a
// candidate for the same lock, and does what it is told, line by line on its standard input. The players in Python and
// Java, in ../../clients, obey the same commands:
//
//	open N      opens N sessions                             → opened
//	solo K      candidate 0 acquires and releases K times     → solo, and the nanoseconds that each took
//	join I      candidate I goes into the queue               → work I T, when it holds the lock, at time T
//	leave I     candidate I releases what it holds            → left I T, of time T just before it did
//	rotate K    every candidate acquires and releases K times → rotated T0 T1, when the first began and the last ended
//	connect K   opens and closes a session K times            → connected, and the nanoseconds that opening took
//	usage       (in Go only)                                  → usage, goroutines (without one for each candidate in the
//	                                                            queue, which is the player's) and bytes of heap in use
//
// Times are CLOCK_MONOTONIC in nanoseconds. The end of the input ends the process; so does any error, with a word on
// the standard error.
package player

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Candidate is one session that contends for the lock.
type Candidate interface {
	Acquire() error
	Release() error
	Close()
}

// Settings are what all candidates of a process have in common.
type Settings struct {
	Kind    string
	Server  string
	Path    string // of the lock
	Timeout time.Duration
}

// Args returns the command line for Main.
func (s Settings) Args() []string {
	return []string{s.Kind, s.Server, s.Path, strconv.FormatInt(s.Timeout.Milliseconds(), 10)}
}

// Main runs a player until its input ends.
func Main(args []string) int {
	flags := flag.NewFlagSet("player", flag.ExitOnError)
	flags.Parse(args)
	s, err := parse(flags.Args())
	if err == nil {
		err = Play(s, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "player:", err)
		return 1
	}
	return 0
}

func parse(args []string) (Settings, error) {
	if len(args) != 4 {
		return Settings{}, fmt.Errorf("%d arguments: want KIND SERVER PATH TIMEOUT_MS", len(args))
	}
	ms, err := strconv.Atoi(args[3])
	if err != nil || ms <= 0 {
		return Settings{}, fmt.Errorf("timeout %q is not a positive number of milliseconds", args[3])
	}
	s := Settings{Kind: args[0], Server: args[1], Path: args[2], Timeout: time.Duration(ms) * time.Millisecond}
	if openers[s.Kind] == nil {
		return s, fmt.Errorf("kind %q is not known", s.Kind)
	}
	return s, nil
}

// play is a game under way.
type play struct {
	Settings
	candidates []Candidate
	leave      []chan struct{}
	failed     chan error
	running    sync.WaitGroup // candidates in the queue
	joined     atomic.Int64   // how many they are

	mu  sync.Mutex // of out
	out io.Writer
}

// Play obeys the commands until they end, or something fails.
func Play(s Settings, commands io.Reader, out io.Writer) error {
	p := &play{Settings: s, out: out, failed: make(chan error, 1)}
	lines := make(chan string)
	go func() { // ends with the input
		defer close(lines)
		for in := bufio.NewScanner(commands); in.Scan(); {
			lines <- in.Text()
		}
	}()
	for {
		select {
		case line, more := <-lines:
			if !more {
				p.end()
				return nil
			}
			if err := p.obey(line); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		case err := <-p.failed:
			return err
		}
	}
}

func (p *play) end() {
	for _, leave := range p.leave {
		close(leave)
	}
	for _, c := range p.candidates {
		c.Close() // a candidate that still waits finds out
	}
	p.running.Wait()
}

func (p *play) obey(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	n := 0
	if rest != "" {
		var err error
		if n, err = strconv.Atoi(rest); err != nil {
			return err
		}
	}
	switch verb {
	case "open":
		return p.open(n)
	case "solo":
		return p.solo(n)
	case "join":
		p.running.Add(1)
		p.joined.Add(1)
		go p.join(n) // ends with leave
		return nil
	case "leave":
		p.leave[n] <- struct{}{}
		return nil
	case "rotate":
		return p.rotate(n)
	case "connect":
		return p.connect(n)
	case "usage":
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.say("usage", int64(runtime.NumGoroutine())-p.joined.Load(), int64(m.HeapAlloc))
		return nil
	}
	return fmt.Errorf("not a command")
}

func (p *play) say(verb string, numbers ...int64) {
	var line strings.Builder
	line.WriteString(verb)
	for _, n := range numbers {
		fmt.Fprintf(&line, " %d", n)
	}
	line.WriteByte('\n')
	p.mu.Lock()
	defer p.mu.Unlock()
	io.WriteString(p.out, line.String())
}

func (p *play) open(n int) error {
	for range n {
		c, err := openers[p.Kind](p.Settings)
		if err != nil {
			return err
		}
		p.candidates = append(p.candidates, c)
		p.leave = append(p.leave, make(chan struct{}, 1))
	}
	p.say("opened")
	return nil
}

func (p *play) solo(times int) error {
	took := make([]int64, times)
	for i := range took {
		begun := time.Now()
		if err := turn(p.candidates[0]); err != nil {
			return err
		}
		took[i] = time.Since(begun).Nanoseconds()
	}
	p.say("solo", took...)
	return nil
}

func turn(c Candidate) error {
	if err := c.Acquire(); err != nil {
		return err
	}
	return c.Release()
}

func (p *play) join(i int) {
	defer p.running.Done()
	defer p.joined.Add(-1)
	c := p.candidates[i]
	if err := c.Acquire(); err != nil {
		p.fail(err)
		return
	}
	p.say("work", int64(i), int64(Now()))
	if _, told := <-p.leave[i]; !told {
		return // the end
	}
	left := Now()
	if err := c.Release(); err != nil {
		p.fail(err)
		return
	}
	p.say("left", int64(i), int64(left))
}

func (p *play) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

func (p *play) rotate(times int) error {
	begun := Now()
	errs := make(chan error, len(p.candidates))
	for _, c := range p.candidates {
		go func() { // ends when its turns are done
			for range times {
				if err := turn(c); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range p.candidates {
		if err := <-errs; err != nil {
			return err
		}
	}
	p.say("rotated", int64(begun), int64(Now()))
	return nil
}

func (p *play) connect(times int) error {
	took := make([]int64, times)
	for i := range took {
		begun := time.Now()
		c, err := openers[p.Kind](p.Settings)
		if err != nil {
			return err
		}
		took[i] = time.Since(begun).Nanoseconds()
		c.Close()
	}
	p.say("connected", took...)
	return nil
}
