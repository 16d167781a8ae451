package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/internal/realzk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(m)) }

// TestDemo plays the demonstration from beginning to end.
func TestDemo(t *testing.T) {
	server := realzk.Run(t, realzk.TickTime(tickTime))
	teller := stage.NewTeller(&stage.Lines{To: func(line string) { t.Log(line) }})
	began := time.Now()
	verdict, err := run(t.Context(), teller, func() (*realzk.Server, error) { return server, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", verdict)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	if failures := verdict.Failures(); len(failures) > 0 || len(verdict.Outages) != 4 || len(verdict.HandOvers) != 3 {
		t.Errorf("%d outages, %d hand-overs, failures %q", len(verdict.Outages), len(verdict.HandOvers), failures)
	}
}

// TestInterrupted: whoever interrupts the demonstration finds no process of it afterwards.
func TestInterrupted(t *testing.T) {
	server := realzk.Run(t, realzk.TickTime(tickTime))
	dir := t.TempDir() // of the notifier and its configuration, and so in the command line of each process
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	teller := stage.NewTeller(&stage.Lines{To: func(line string) {
		t.Log(line)
		if strings.Contains(line, "OPEN") {
			cancel()
		}
	}})
	if _, err := run(ctx, teller, func() (*realzk.Server, error) { return server, nil }); err == nil || ctx.Err() == nil {
		t.Fatalf("it was not interrupted: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline") // none where there is no /proc
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range commands {
		if command, err := os.ReadFile(file); err == nil && strings.Contains(string(command), dir) {
			t.Errorf("still running: %q", command)
		}
	}
}
