package instance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/console"
	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
	"burrow.example/zookeeper/internal/realzk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(m)) }

// TestHandOver passes an incident from one instance to the next, in one process, on a real ZooKeeper.
func TestHandOver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	teller, ledger := stage.NewTeller(io.Discard), stage.NewLedger()
	site := &stage.Site{Name: "shop", Teller: teller, Ledger: ledger}
	receiver := stage.NewReceiver(teller, ledger)
	shop, webhook := httptest.NewServer(site), httptest.NewServer(receiver)
	defer shop.Close()
	defer webhook.Close()

	base := zookeeper.Config{
		Servers:  []string{realzk.Shared(t).Addr()},
		RootPath: fmt.Sprintf("/hand-over-%d", time.Now().UnixNano()),
	}
	stops := make(map[string]func())
	for _, id := range []string{"one", "two"} {
		config := base
		config.ID = id
		i := &Instance{
			Zookeeper: config, Webhook: webhook.URL, Log: console.New(t.Output(), zapcore.InfoLevel),
			Targets: []uptime.Target{{Name: "shop", URL: shop.URL, Interval: 100 * time.Millisecond}},
		}
		stops[id] = run(ctx, t, i)
	}
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()

	site.GoDown()
	opened, err := receiver.Await(ctx, uptime.OpenEvent, time.Time{})
	must(t, err)
	first := ledger.Last()
	stops[first.Instance]() // it may not have marked the open event as delivered yet
	next, err := ledger.Await(ctx, first.Term)
	must(t, err)
	site.ComeBack()
	closed, err := receiver.Await(ctx, uptime.CloseEvent, time.Time{})
	must(t, err)
	must(t, ledger.AwaitMore(ctx, 3))

	if next.Instance == first.Instance || closed.From != next.Instance || opened.From != first.Instance {
		t.Errorf("opened by %s, taken over by %s, closed by %s", opened.From, next.Instance, closed.From)
	}
	if deliveries := receiver.Deliveries(); len(deliveries) != 2 || opened.Event.Incident != closed.Event.Incident {
		t.Errorf("the webhook was told %+v", deliveries)
	}
	if overlaps := ledger.Overlaps(); len(overlaps) > 0 {
		t.Errorf("overlaps: %v", overlaps)
	}
}

// run runs the instance until the function it returns is called, which may be called again.
func run(ctx context.Context, t *testing.T, i *Instance) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- i.Run(ctx) }() // ends with ctx, waited for by stop
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", i.Zookeeper.ID, err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoServer: an instance that never had a session says which server it could not reach, and ends.
func TestNoServer(t *testing.T) {
	address := closedPort(t)
	i := &Instance{
		Zookeeper: zookeeper.Config{Servers: []string{address}, ConnectTimeout: 300 * time.Millisecond},
		Log:       zap.NewNop(),
	}
	err := i.Run(t.Context())
	if !errors.Is(err, zookeeper.ErrConnectTimeout) || !strings.Contains(err.Error(), address) {
		t.Errorf("ended with %v", err)
	}
}

// TestEndsWhileStarting: a service manager need not wait until an instance has given up on its servers.
func TestEndsWhileStarting(t *testing.T) {
	var log bytes.Buffer
	i := &Instance{
		Zookeeper: zookeeper.Config{Servers: []string{closedPort(t)}, ConnectTimeout: -1},
		Log:       console.New(&log, zapcore.DebugLevel),
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := i.Run(ctx); err != nil {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v to end; the log:\n%s", took, log.String())
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

func TestBelow(t *testing.T) {
	for root, want := range map[string]string{"/": "/incidents", "/a/b": "/a/b/incidents"} {
		if got := below(root, "incidents"); got != want {
			t.Errorf("below %s: %s", root, got)
		}
	}
}
