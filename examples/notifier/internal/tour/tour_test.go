package tour

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTour plays the tour from beginning to end.
func TestTour(t *testing.T) {
	var out bytes.Buffer // the teller locks it, and nothing tells once Run has returned
	began := time.Now()
	if err := Run(t.Context(), stage.NewTeller(&out)); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	for _, want := range []string{"stopped ", "session expired ", "connection lost ", "server frozen ", "network cut ", "OK: "} {
		if !strings.Contains(out.String(), "\n"+want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := Run(ctx, stage.NewTeller(&stage.Lines{To: func(line string) {
		if strings.Contains(line, "OPEN") {
			cancel()
		}
	}}))
	if err == nil || err.Error() != "interrupted" {
		t.Errorf("it ended with %v", err)
	}
}
