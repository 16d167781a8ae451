package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/metrics"
	"burrow.example/zookeeper/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	timeout = 6 * time.Second // of sessions
	job     = "notifier"      // what is led
	prefix  = "zookeeper_coordinator_"
)

// fleet is instances on a ZooKeeper in this process, each with a network of its own.
type fleet struct {
	*testing.T
	server *zktest.Server
	serve  func(id string, handler http.Handler) (scrape func() string)
	moved  map[string]bool // series that were seen to move
}

// inVirtualTime tells a story of a fleet whose instances are scraped without a network.
func inVirtualTime(t *testing.T, story func(f *fleet)) {
	synctest.Test(t, func(t *testing.T) {
		story(newFleet(t, zktest.RunT(t, zktest.InMemory()), func(_ string, handler http.Handler) func() string {
			return func() string {
				got := httptest.NewRecorder()
				handler.ServeHTTP(got, httptest.NewRequest("GET", "/metrics", nil))
				return got.Body.String()
			}
		}))
	})
}

func newFleet(t *testing.T, server *zktest.Server, serve func(string, http.Handler) func() string) *fleet {
	return &fleet{T: t, server: server, serve: serve, moved: make(map[string]bool)}
}

// instance is one Coordinator and its scrapes.
type instance struct {
	*zookeeper.Coordinator
	*fleet
	net    *zktest.Client
	scrape func() string
}

// configure makes an instance that is not started yet.
func (f *fleet) configure(id string) *instance {
	f.Helper()
	net := f.server.Client(id)
	i := &instance{fleet: f, net: net, Coordinator: &zookeeper.Coordinator{Config: zookeeper.Config{
		Servers: f.server.Addrs(), SessionTimeout: timeout, ID: id, Dial: net.Dial,
	}}}
	i.Configure()
	i.scrape = f.serve(id, metrics.Handler(i.Coordinator, job))
	f.Cleanup(func() { i.Stop() })
	return i
}

func (f *fleet) start(id string) *instance {
	f.Helper()
	i := f.configure(id)
	if err := i.Start(); err != nil {
		f.Fatal(err)
	}
	return i
}

// lead waits until the instance leads.
func (i *instance) lead() *zookeeper.Leadership {
	i.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*timeout)
	defer cancel()
	l, err := i.App.Campaign(ctx, job)
	if err != nil {
		i.Fatal(err)
	}
	return l
}

// samples is what a scrape brought: values by series, such as x_total{cause="trust"}.
type samples map[string]float64

var sampleLine = regexp.MustCompile(`^([a-z_]+(?:\{[^}]*\})?) (\S+)$`)

func parse(t testing.TB, text string) samples {
	t.Helper()
	all := make(samples)
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		parts := sampleLine.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("not a sample: %s", line)
		}
		value, err := strconv.ParseFloat(parts[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(parts[1], prefix)] = value
	}
	if len(all) == 0 {
		t.Fatalf("nothing was scraped, but\n%s", text)
	}
	return all
}

// eventually scrapes until a series has the value that is wanted.
func (i *instance) eventually(series, what string, holds func(value float64) bool) {
	i.Helper()
	var value float64
	for deadline := time.Now().Add(5 * timeout); ; time.Sleep(10 * time.Millisecond) {
		var ok bool
		if value, ok = parse(i.T, i.scrape())[series]; !ok {
			i.Fatalf("%s is not there", series)
		}
		if holds(value) {
			return
		}
		if time.Now().After(deadline) {
			i.Fatalf("%s %s is %v, want %s", i.Config.ID, series, value, what)
		}
	}
}

// moves checks that something has an effect on metrics of the instance, given as `series` or `series+1`, `series=1`,
// `series>1`: that the series changes, by one, to a value, or above one.
func (i *instance) moves(act func(), effects ...string) {
	i.Helper()
	before := parse(i.T, i.scrape())
	act()
	for _, effect := range effects {
		parts := effectPattern.FindStringSubmatch(effect)
		if parts == nil {
			i.Fatalf("bad effect %s", effect)
		}
		series, was := parts[1], before[parts[1]]
		number, _ := strconv.ParseFloat(parts[3], 64)
		i.eventually(series, fmt.Sprintf("%s after %v", effect, was), func(value float64) bool {
			switch parts[2] {
			case "+":
				return value == was+number
			case "=":
				return value == number && value != was
			case ">":
				return value > number && value != was
			case "<":
				return value < number && value != was
			}
			return value != was
		})
		i.moved[series] = true
	}
}

var effectPattern = regexp.MustCompile(`^([a-z_]+(?:\{[^}]*\})?)(?:([-+=<>])([0-9.]+))?$`)
