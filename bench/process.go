package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"burrow.example/zookeeper/bench/internal/player"
)

// line is what a player says.
type line struct {
	process *process
	verb    string // "" when the process has ended
	numbers []float64
}

func (l line) at(i int) time.Duration { return time.Duration(l.numbers[i]) }

// process is one player.
type process struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	log   log
	ended chan struct{}
}

// start starts a player; what it says goes to lines, and after its end a line without a verb.
func start(p *programs, s player.Settings, lines chan<- line) (*process, error) {
	argv := p.command(s)
	pl := &process{cmd: exec.Command(argv[0], argv[1:]...), ended: make(chan struct{})}
	pl.cmd.SysProcAttr = childAttr()
	pl.cmd.Stderr = &pl.log
	input, err := pl.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := pl.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pl.cmd.Start(); err != nil {
		return nil, err
	}
	pl.input = input
	go func() { // ends with the process
		defer close(pl.ended)
		in := bufio.NewScanner(output)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			lines <- pl.parse(in.Text())
		}
		pl.cmd.Wait()
		lines <- line{process: pl}
	}()
	return pl, nil
}

func (pl *process) parse(text string) line {
	words := strings.Fields(text)
	if len(words) == 0 {
		return line{process: pl, verb: "?"}
	}
	l := line{process: pl, verb: words[0]}
	for _, w := range words[1:] {
		n, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return line{process: pl, verb: "?"}
		}
		l.numbers = append(l.numbers, n)
	}
	return l
}

func (pl *process) tell(format string, args ...any) error {
	_, err := fmt.Fprintf(pl.input, format+"\n", args...)
	return err
}

// kill ends the process at once, as SIGKILL does.
func (pl *process) kill() error { return pl.cmd.Process.Kill() }

// close ends the process in good order, and not so good if it does not end within a few seconds.
func (pl *process) close() {
	pl.input.Close()
	select {
	case <-pl.ended:
	case <-time.After(5 * time.Second):
		pl.kill()
		<-pl.ended
	}
}

// log keeps the end of what a process writes to its standard error.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() > 1<<16 {
		l.text.Reset()
	}
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// cpu returns the processor time that a process has used. It is exact to the microsecond, other than /proc's "stat",
// and counts the threads that there are.
func (pl *process) cpu() (time.Duration, error) {
	dir := fmt.Sprintf("/proc/%d/task", pl.cmd.Process.Pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, thread := range threads {
		text, err := os.ReadFile(dir + "/" + thread.Name() + "/schedstat")
		if errors.Is(err, os.ErrNotExist) {
			continue // the thread has ended
		}
		if err != nil {
			return 0, err
		}
		ran, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", thread.Name(), err)
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}

// resident returns the memory that a process occupies, in bytes, and the number of its threads.
func (pl *process) resident() (bytes, threads float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pl.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for l := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(l, ":")
		words := strings.Fields(value)
		switch key {
		case "VmRSS":
			kb, _ := strconv.ParseFloat(words[0], 64)
			bytes = kb * 1024
		case "Threads":
			threads, _ = strconv.ParseFloat(words[0], 64)
		}
	}
	return bytes, threads, nil
}
