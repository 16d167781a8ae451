package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
)

// process is one notifier. Its output goes to the teller, under its name.
type process struct {
	name  string
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended and all of its output has been told
	err   error         // how it ended; to be read once ended is closed
}

func startProcess(teller *stage.Teller, binary, config, name string) (*process, error) {
	p := &process{name: name, ended: make(chan struct{})}
	p.cmd = exec.Command(binary, "-config", config, "-id", name)
	p.cmd.Stderr = &stage.Lines{To: func(line string) {
		if text, ok := tellable(line); ok {
			teller.Say(name, "%s", text)
		}
	}}
	p.cmd.SysProcAttr = childAttr()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { // ends with the process; whoever stops that waits for ended
		defer close(p.ended)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// kill is the end without a word: power failure, out of memory, kill -9.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	return nil
}

// terminate asks it to end, as service managers do.
func (p *process) terminate() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("terminate %s: %w", p.name, err)
	}
	return nil
}

// stopLimit is how long a notifier may take to hand over and end.
const stopLimit = 5 * time.Second

// stop terminates it, kills it if need be, and says if it did not end well.
func (p *process) stop() error {
	if err := p.terminate(); err != nil {
		return err
	}
	return p.endedWell()
}

// endedWell waits for its end after a SIGTERM, and kills it if that takes too long.
func (p *process) endedWell() error {
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		_ = p.kill()
		<-p.ended
		return fmt.Errorf("%s did not end within %v of SIGTERM", p.name, stopLimit)
	}
	if p.err != nil {
		return fmt.Errorf("%s ended with %w", p.name, p.err)
	}
	return nil
}

// tellable is a log line as the demonstration tells it: the time taken off, for the teller has its own clock, and the
// level unless it is worth a look. What every instance says as it starts and stops is left out.
func tellable(line string) (text string, ok bool) {
	at, rest, found := strings.Cut(line, "  ")
	if _, err := time.Parse("15:04:05.000", at); err != nil || !found {
		return line, true
	}
	level, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimLeft(rest, " ")
	if level != "INFO" {
		return level + " " + rest, true
	}
	for _, usual := range []string{"zookeeper: starting", "zookeeper: connected", "zookeeper: stopped"} {
		if strings.HasPrefix(rest, usual) {
			return "", false
		}
	}
	return rest, true
}
