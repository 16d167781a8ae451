// Package metrics tells Prometheus how a Coordinator of package zookeeper fares: its session, its locks and
// leaderships, and whether anybody leads at all.
//
//	http.Handle("/metrics", metrics.Handler(zc, "notifier"))
//
// or, in an application that has a registry already,
//
//	prometheus.MustRegister(metrics.New(zc, "notifier"))
//
// The names are those under which leaderships are campaigned for. Each scrape looks up who leads, so that one
// surviving instance is enough to raise the alarm that nobody does. docs/logging-and-metrics.md lists the metrics;
// alerts.yaml and dashboard.json beside this file are alerts and a Grafana dashboard to begin with.
package metrics
