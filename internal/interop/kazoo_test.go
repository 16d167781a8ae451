package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	kazooKind     = "kazoo"
	kazooPackages = "python3-kazoo"
)

// ourPattern is what kazoo's Lock has to be told (extra_lock_patterns) in order to see the other kinds' nodes.
const ourPattern = "-lock-"

// kazoo brings in two processes, each with two contenders with kazoo's Lock.
func (c *contest) kazoo(name string, patterns ...string) {
	c.t.Helper()
	python, err := findKazoo()
	if err != nil {
		c.lacking(err, kazooPackages)
	}
	program := []string{python, "testdata/kazoo_contender.py"}
	for i := range 2 {
		c.process(fmt.Sprintf("%s process %d", kazooKind, i+1), c.argv(program, kazooKind, name, 2, patterns...))
	}
}

// findKazoo returns a Python that has kazoo. Debian's own is asked first: another in the path seldom has it.
var findKazoo = sync.OnceValues(func() (string, error) {
	const question = "import kazoo.version; print(kazoo.version.__version__)"
	var errs []error
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, python, "-c", question)
		var log bytes.Buffer
		cmd.Stderr = &log
		version, err := cmd.Output()
		if err == nil {
			announce("kazoo %s with %s", strings.TrimSpace(string(version)), python)
			return python, nil
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		errs = append(errs, fmt.Errorf("%s: %w %s", python, err, lines[len(lines)-1]))
	}
	return "", fmt.Errorf("no Python with kazoo (%w)", errors.Join(errs...))
})
