package metrics_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/mdtable"
	"burrow.example/zookeeper/metrics"
)

// families gathers what New registers.
func families(t *testing.T, zc *zookeeper.Coordinator, names ...string) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(metrics.New(zc, names...))
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// unconfigured is as good as any: every series is there from the beginning.
func unconfigured() *zookeeper.Coordinator { return new(zookeeper.Coordinator) }

// TestDocumented: the list in the documentation is that of the metrics, with types and labels.
func TestDocumented(t *testing.T) {
	rows, err := mdtable.Read("../docs/logging-and-metrics.md", "metric")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, row := range rows {
		want = append(want, strings.Join([]string{row["metric"], row["type"], row["labels"]}, " "))
	}
	for _, family := range families(t, unconfigured(), job) {
		var labels []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		kind := strings.ToLower(family.GetType().String())
		got = append(got, strings.Join([]string{family.GetName(), kind, strings.Join(labels, ", ")}, " "))
	}
	slices.Sort(want)
	slices.Sort(got)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("documented, and not exported: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("exported, and not documented: %s", line)
		}
	}
}

func TestNamesAndUnits(t *testing.T) {
	problems, err := testutil.CollectAndLint(metrics.New(unconfigured(), job))
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// TestEveryCauseIsThereFromTheBeginning.
func TestEveryCauseIsThereFromTheBeginning(t *testing.T) {
	for _, family := range families(t, unconfigured()) {
		switch family.GetName() {
		case prefix + "session_expirations_total":
			if n := len(family.GetMetric()); n != len(zookeeper.SessionCauses()) {
				t.Errorf("%d causes of an expiry", n)
			}
		case prefix + "leaderships_lost_total":
			if n := len(family.GetMetric()); n != len(zookeeper.LeadershipCauses()) {
				t.Errorf("%d causes of a loss", n)
			}
		case prefix + "state":
			if n := len(family.GetMetric()); n != 5 {
				t.Errorf("%d states", n)
			}
		}
	}
}

// TestBadNameFailsTheScrape, with the reason.
func TestBadNameFailsTheScrape(t *testing.T) {
	inVirtualTime(t, func(f *fleet) {
		i := f.start("a")
		got := httptest.NewRecorder()
		metrics.Handler(i.Coordinator, "a/../b").ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
		if got.Code != 500 || !strings.Contains(got.Body.String(), `name "a/../b"`) {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

// TestSeveralInOneProcess are told apart by a label.
func TestSeveralInOneProcess(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for n := range 3 {
		labels := prometheus.Labels{"ensemble": fmt.Sprint(n)}
		if err := prometheus.WrapRegistererWith(labels, registry).Register(metrics.New(unconfigured(), job)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := registry.Gather(); err != nil {
		t.Error(err)
	}
}

// TestScrapeDoesNotHang while ZooKeeper does, and whoever scrapes at the same time waits no longer.
func TestScrapeDoesNotHang(t *testing.T) {
	inVirtualTime(t, func(f *fleet) {
		i := f.start("a")
		i.net.Freeze()
		begun := time.Now()
		var scrapes sync.WaitGroup
		for range 5 {
			scrapes.Go(func() {
				if got := parse(t, i.scrape()); got["connected"] != 1 {
					t.Error("not connected any more: this tests nothing")
				}
			})
		}
		scrapes.Wait()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("a scrape took %v", took)
		}
		if got := parse(t, i.scrape())[`leader_lookup_failures_total{name="notifier"}`]; got != 5+1 {
			t.Errorf("%v failed look-ups", got)
		}
	})
}

// TestNobodyLeads is not a failure to look.
func TestNobodyLeads(t *testing.T) {
	inVirtualTime(t, func(f *fleet) {
		begun := float64(time.Now().UnixMilli()) / 1000
		i := f.start("a")
		time.Sleep(time.Hour)
		got := parse(t, i.scrape())
		if seen := got[`leader_last_seen_timestamp_seconds{name="notifier"}`]; seen != begun {
			t.Errorf("seen %v after the beginning", seen-begun)
		}
		if got[`leader_lookup_failures_total{name="notifier"}`] != 0 || got[`leader_term{name="notifier"}`] != 0 {
			t.Errorf("%v", got)
		}
	})
}
