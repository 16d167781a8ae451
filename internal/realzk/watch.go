package realzk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// watch is a shell that cleans up when its standard input ends: when we say so, or when we die.
type watch struct {
	cmd   *exec.Cmd
	input io.Closer
}

// atTheEnd starts a watch that will run the command.
func atTheEnd(command ...string) (*watch, error) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	w := &watch{input: theirs}
	w.cmd = exec.Command("sh", append([]string{"-c", `cat; exec "$@"`, "sh"}, command...)...)
	w.cmd.Stdin = ours
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	if err := w.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("watch over what %s: %w", strings.Join(command, " "), err), theirs.Close())
	}
	return w, nil
}

// end has the watch clean up and waits for it.
func (w *watch) end() error {
	if err := w.input.Close(); err != nil {
		return err
	}
	if err := w.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(w.cmd.Args[4:], " "), err)
	}
	return nil
}
