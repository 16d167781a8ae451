package instance

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/console"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
	"burrow.example/zookeeper/internal/mdtable"
	"burrow.example/zookeeper/internal/realzk"
)

// TestScrape scrapes a running notifier on a real ZooKeeper, and asks its probes, while things go wrong.
func TestScrape(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := realzk.Shared(t)
	way := server.Proxy(t)
	site := "http://" + closedPort(t)
	i := &Instance{
		Zookeeper: zookeeper.Config{
			Servers: []string{way.Addr()}, ID: "one", RootPath: "/scrape-" + strconv.FormatInt(time.Now().UnixNano(), 10),
			SessionTimeout: 4 * time.Second,
		},
		Webhook: site, Log: console.New(t.Output(), zapcore.InfoLevel), Listen: strings.TrimPrefix(site, "http://"),
		Targets: []uptime.Target{{Name: "shop", URL: "http://" + closedPort(t), Interval: time.Hour}},
	}
	defer run(ctx, t, i)()

	probed := func(path string, want int) {
		t.Helper()
		await(t, path+" "+strconv.Itoa(want), func() bool {
			status, _ := get(site + path)
			return status == want
		})
	}
	moves := func(act func(), effects map[string]float64) { // by how much
		t.Helper()
		before := scrape(site)
		act()
		for series, by := range effects {
			await(t, series, func() bool {
				after := scrape(site)
				return after != nil && after[series] == before[series]+by
			})
		}
	}
	probed("/readyz", http.StatusOK)
	probed("/healthz", http.StatusOK)
	await(t, "leads", func() bool { return scrape(site)["leaderships_held"] == 1 })

	rows, err := mdtable.Read("../../../../docs/logging-and-metrics.md", "metric")
	must(t, err)
	_, text := get(site + "/metrics")
	for _, row := range rows {
		if !strings.Contains(text, "\n# TYPE "+row["metric"]+" "+row["type"]+"\n") {
			t.Errorf("%s is not there", row["metric"])
		}
	}
	if scrape(site)[`leader_term{name="notifier"}`] == 0 {
		t.Error("the notifier leads, and sees nobody lead")
	}

	moves(way.Reset, map[string]float64{"reconnects_total": 1})
	moves(func() { must(t, server.Expire(way.Session())) },
		map[string]float64{"sessions_started_total": 1, `session_expirations_total{cause="expired"}`: 1, "leaderships_won_total": 1})
	moves(way.Cut, map[string]float64{"connected": -1, "kicks_total": 1, `leaderships_lost_total{cause="trust"}`: 1})
	probed("/readyz", http.StatusServiceUnavailable)
	probed("/healthz", http.StatusOK)
	moves(way.Heal, map[string]float64{"connected": 1, "leaderships_held": 1})
	probed("/readyz", http.StatusOK)
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// get returns status 0 while there is no answer.
func get(url string) (status int, body string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(text)
}

var sample = regexp.MustCompile(`(?m)^zookeeper_coordinator_(\S+) (\S+)$`)

func scrape(site string) map[string]float64 {
	values := make(map[string]float64)
	_, text := get(site + "/metrics")
	for _, line := range sample.FindAllStringSubmatch(text, -1) {
		values[line[1]], _ = strconv.ParseFloat(line[2], 64)
	}
	return values
}
