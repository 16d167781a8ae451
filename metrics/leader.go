package metrics

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"burrow.example/zookeeper"
)

// lookFor is how long a scrape waits for ZooKeeper to say who leads.
const lookFor = time.Second

var (
	seen = describe("leader_last_seen_timestamp_seconds",
		"When this instance last saw somebody lead, or began to look if it never has.", "name")
	term = describe("leader_term",
		"The term of the leader that this instance saw last; 0 if it never has seen one.", "name")
	failures = describe("leader_lookup_failures_total",
		"How often this instance could not find out whether anybody leads.", "name")
)

// leader is what is known of who leads under a name.
type leader struct {
	name string

	mu       sync.Mutex
	seen     time.Time
	term     int64
	failures int
}

func newLeader(name string) *leader { return &leader{name: name, seen: time.Now()} }

// collectLeaders looks who leads, under all names at once.
func (c *Collector) collectLeaders(to chan<- prometheus.Metric, connected bool) {
	ctx, cancel := context.WithTimeout(context.Background(), lookFor)
	defer cancel()
	var all sync.WaitGroup
	for _, l := range c.leaders {
		all.Go(func() { // ends with the look; this scrape waits for it
			info, err := zookeeper.LeaderInfo{}, zookeeper.ErrNotConnected
			if connected {
				info, err = c.zc.App.Leader(ctx, l.name)
			}
			l.collect(to, info, err)
		})
	}
	all.Wait()
}

// collect notes what was found out, and tells.
func (l *leader) collect(to chan<- prometheus.Metric, info zookeeper.LeaderInfo, err error) {
	if errors.Is(err, zookeeper.ErrConfig) {
		to <- prometheus.NewInvalidMetric(seen, err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.seen, l.term = time.Now(), info.Term
	case !errors.Is(err, zookeeper.ErrNoLeader):
		l.failures++
	}
	to <- prometheus.MustNewConstMetric(seen, prometheus.GaugeValue, float64(l.seen.UnixMilli())/1000, l.name)
	to <- prometheus.MustNewConstMetric(term, prometheus.GaugeValue, float64(l.term), l.name)
	to <- prometheus.MustNewConstMetric(failures, prometheus.CounterValue, float64(l.failures), l.name)
}
