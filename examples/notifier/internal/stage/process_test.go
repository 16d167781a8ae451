package stage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asProcess is set in the environment of the test binary where it is to be a process of TestProcess.
const asProcess = "STAGE_TEST_IS_PROCESS"

func TestMain(m *testing.M) {
	if how := os.Getenv(asProcess); how != "" {
		playProcess(how) // exits
	}
	goleak.VerifyTestMain(m)
}

func TestProcess(t *testing.T) {
	cases := map[string]struct {
		end  func(*Process) error
		want string
	}{
		"polite":   {(*Process).Stop, ""},
		"failing":  {(*Process).Stop, "ended with exit status 3"},
		"stubborn": {(*Process).Kill, ""},
	}
	for how, c := range cases {
		t.Run(how, func(t *testing.T) {
			ready := make(chan string, 1)
			teller := NewTeller(&Lines{To: func(line string) { ready <- line }})
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), asProcess+"="+how)
			p, err := StartProcess(teller, "notifier-1", cmd)
			if err != nil {
				t.Fatal(err)
			}
			if line := <-ready; !strings.Contains(line, "notifier-1  ready as [-id notifier-1]") {
				t.Errorf("it says %q", line)
			}
			if err := c.end(p); err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it ends with %v, want %q", err, c.want)
			}
			if err := errors.Join(p.Kill(), p.Signal(syscall.SIGTERM)); err != nil {
				t.Errorf("once it has ended: %v", err)
			}
		})
	}
	if _, err := StartProcess(NewTeller(&bytes.Buffer{}), "x", exec.Command("/nowhere/notifier")); err == nil {
		t.Error("started what does not exist")
	}
}

// playProcess is a process that ends in the given way when it is asked to.
func playProcess(how string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "ready as", os.Args[1:])
	select {
	case <-asked:
	case <-time.After(time.Minute): // nobody did
	}
	switch how {
	case "failing":
		os.Exit(3)
	case "stubborn":
		select {} // until it is killed
	}
	os.Exit(0)
}
