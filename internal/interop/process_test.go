package interop

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process brings in contenders in another process. Its standard input is their sign to leave: it is closed when they
// are asked to, and by the kernel should this process die. They then take their last turns, print the number of their
// visits, and exit. At the deadline they are killed.
func (c *contest) process(name string, argv []string) *team {
	c.t.Helper()
	var out, log bytes.Buffer
	cmd := exec.CommandContext(c.ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &log
	cmd.WaitDelay = 5 * time.Second
	sign, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	leaving := make(chan struct{})
	leave := sync.OnceFunc(func() {
		close(leaving)
		sign.Close()
	})
	tm := &team{name: name, leave: leave, done: make(chan struct{})}
	c.teams = append(c.teams, tm)
	go func() { // ends with the process; done tells
		defer close(tm.done)
		err := cmd.Wait()
		if err == nil {
			tm.visits, err = strconv.Atoi(strings.TrimSpace(out.String()))
		}
		select {
		case <-leaving:
		default:
			err = errors.Join(errors.New("ended too early"), err)
		}
		if err != nil {
			tm.err = fmt.Errorf("%w\n%s", err, tail(log.String()))
			c.report(fmt.Errorf("%s: %w", name, tm.err))
		}
	}()
	return tm
}

// argv is the command line that the contenders in testdata have in common.
func (c *contest) argv(program []string, kind, name string, threads int, more ...string) []string {
	pause := strconv.FormatInt(c.pause.Milliseconds(), 10)
	argv := append(program, kind, c.server, c.path(name), c.room.dir, strconv.Itoa(threads), pause)
	return append(argv, more...)
}

// lacking skips the test for want of a program, or fails it where nothing may be skipped.
func (c *contest) lacking(what error, packages string) {
	c.t.Helper()
	problem := fmt.Sprintf("%v: install Debian's %s", what, packages)
	if os.Getenv("ZOOKEEPER_REQUIRED") == "1" {
		c.t.Fatal(problem)
	}
	c.t.Skip(problem)
}

// tail is the last part of a log.
func tail(log string) string {
	const most = 4000
	return log[max(0, len(log)-most):]
}
