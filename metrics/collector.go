package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"burrow.example/zookeeper"
)

// Handler serves a scrape: New's metrics, and those of the Go runtime and of the process.
func Handler(zc *zookeeper.Coordinator, names ...string) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(New(zc, names...), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Collector is a prometheus.Collector over one Coordinator. For several in one process, register each through a
// prometheus.WrapRegistererWith that tells them apart.
type Collector struct {
	zc      *zookeeper.Coordinator
	leaders []*leader
}

// New returns a Collector. It may be made and scraped before the Coordinator is configured, and after it was stopped.
//
// For every name, as Campaign takes it, a scrape also looks up who leads, all at once and for at most a second. That
// takes two reads of ZooKeeper for each; an application with thousands of names gives the few that matter. A name
// that Campaign would refuse makes every scrape fail with the reason.
func New(zc *zookeeper.Coordinator, names ...string) *Collector {
	c := &Collector{zc: zc}
	for _, name := range names {
		c.leaders = append(c.leaders, newLeader(name))
	}
	return c
}

// namespace begins the name of every metric.
const namespace = "zookeeper_coordinator_"

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+name, help, labels, nil)
}

// single is a metric without labels.
type single struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*zookeeper.Stats) float64
}

func gauge(name, help string, value func(*zookeeper.Stats) float64) single {
	return single{describe(name, help), prometheus.GaugeValue, value}
}

func counter(name, help string, value func(*zookeeper.Stats) float64) single {
	return single{describe(name, help), prometheus.CounterValue, value}
}

var singles = []single{
	gauge("connected", "Whether a server has the session: 1 or 0.",
		func(s *zookeeper.Stats) float64 { return oneIf(s.State == zookeeper.Connected) }),
	gauge("session_timeout_seconds", "The session timeout that the server grants; 0 without a session.",
		func(s *zookeeper.Stats) float64 { return s.Timeout.Seconds() }),
	counter("sessions_started_total", "Sessions that were established.",
		func(s *zookeeper.Stats) float64 { return float64(s.Sessions) }),
	counter("reconnects_total", "Connections that were lost and re-established within a session.",
		func(s *zookeeper.Stats) float64 { return float64(s.Reconnects) }),
	counter("kicks_total", "Connections that were dropped because a proof of the session was not answered.",
		func(s *zookeeper.Stats) float64 { return float64(s.Kicks) }),
	counter("narrow_proofs_total", "Proofs whose answer found less than a quarter of the session timeout left of the trust in a held lock.",
		func(s *zookeeper.Stats) float64 { return float64(s.Narrow) }),
	gauge("trust_remaining_seconds", "For how long the locks held can be trusted if no further proof is answered; 0 if none is held.",
		func(s *zookeeper.Stats) float64 { return s.Trust.Seconds() }),
	gauge("locks_held", "Locks that this instance holds, those of leaderships included.",
		func(s *zookeeper.Stats) float64 { return float64(s.Locks) }),
	gauge("leaderships_held", "Names that this instance leads under.",
		func(s *zookeeper.Stats) float64 { return float64(s.Leading) }),
	counter("leaderships_won_total", "Leaderships that began.",
		func(s *zookeeper.Stats) float64 { return float64(s.Won) }),
	counter("orphans_cleaned_total", "Lock nodes that were left behind, found and deleted.",
		func(s *zookeeper.Stats) float64 { return float64(s.Orphans) }),
}

// What has labels.
var (
	state = describe("state", "Where the session stands: 1 for one of the states, 0 for the others.", "state")
	ends  = describe("session_expirations_total", "Sessions that were lost, by cause.", "cause")
	lost  = describe("leaderships_lost_total", "Leaderships that ended, by cause.", "cause")
	trips = describe("proof_round_trip_seconds", "How long answered proofs of the session took.")
)

var states = []zookeeper.State{
	zookeeper.Disconnected, zookeeper.Connected, zookeeper.Suspended, zookeeper.Expired, zookeeper.Stopped,
}

// Describe is part of prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range singles {
		to <- m.desc
	}
	for _, desc := range []*prometheus.Desc{state, ends, lost, trips, seen, term, failures} {
		to <- desc
	}
}

// Collect is part of prometheus.Collector. It takes one snapshot of the Coordinator's Stats.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	stats := c.zc.Stats()
	for _, m := range singles {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&stats))
	}
	for _, s := range states {
		to <- prometheus.MustNewConstMetric(state, prometheus.GaugeValue, oneIf(s == stats.State), s.String())
	}
	collectCauses(to, ends, zookeeper.SessionCauses(), stats.Expirations)
	collectCauses(to, lost, zookeeper.LeadershipCauses(), stats.Lost)
	to <- histogram(trips, stats.Proofs)
	c.collectLeaders(to, stats.State == zookeeper.Connected)
}

// collectCauses counts by cause, from the beginning for every cause that there can be: where a series appears with its
// first event, rate() does not see that.
func collectCauses(to chan<- prometheus.Metric, desc *prometheus.Desc, causes []zookeeper.Cause, counts map[zookeeper.Cause]int) {
	told := make(map[zookeeper.Cause]bool)
	tell := func(cause zookeeper.Cause) {
		if !told[cause] {
			told[cause] = true
			to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(counts[cause]), string(cause))
		}
	}
	for _, cause := range causes {
		tell(cause)
	}
	for cause := range counts {
		tell(cause)
	}
}

func histogram(desc *prometheus.Desc, h zookeeper.Histogram) prometheus.Metric {
	var below uint64
	buckets := make(map[float64]uint64, len(h.Bounds))
	for i, bound := range h.Bounds {
		below += uint64(h.Counts[i])
		buckets[bound.Seconds()] = below
	}
	return prometheus.MustNewConstHistogram(desc, uint64(h.Count()), h.Sum.Seconds(), buckets)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
