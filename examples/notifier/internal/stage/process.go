package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is one notifier that runs as a process of its own. What it logs goes to the teller, under its name.
type Process struct {
	Name  string
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended and all of its output has been told
	err   error         // how it ended; to be read once ended is closed
}

// StartProcess starts the command as the notifier of the given name, which it adds to the arguments.
func StartProcess(teller *Teller, name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{Name: name, cmd: cmd, ended: make(chan struct{})}
	cmd.Args = append(cmd.Args, "-id", name)
	cmd.Stderr = teller.Log(name)
	cmd.SysProcAttr = childAttr()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { // ends with the process; whoever ends that waits for ended
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Signal sends the process a signal, and does not wait for what comes of it. One that has ended does not mind.
func (p *Process) Signal(signal os.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%v to %s: %w", signal, p.Name, err)
	}
	return nil
}

// Kill is the end without a word: power failure, out of memory, kill -9. It waits until the process is gone.
func (p *Process) Kill() error {
	if err := p.Signal(os.Kill); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// stopLimit is how long a notifier may take to hand over and end.
const stopLimit = 5 * time.Second

// Stop asks it to end, as service managers do, and waits. It says if the process did not end well, and kills it if it
// does not end in time.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		return errors.Join(fmt.Errorf("%s did not end within %v of SIGTERM", p.Name, stopLimit), p.Kill())
	}
	if p.err != nil {
		return fmt.Errorf("%s ended with %w", p.Name, p.err)
	}
	return nil
}
