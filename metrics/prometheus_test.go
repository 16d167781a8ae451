//go:build prometheus

package metrics_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"burrow.example/zookeeper/zktest"
)

// TestPromtool has Prometheus' own tool check the alerts, test them, and check what a scrape brings.
func TestPromtool(t *testing.T) {
	tool := func(stdin string, args ...string) {
		t.Helper()
		cmd := exec.Command("promtool", args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		t.Logf("promtool %s\n%s", strings.Join(args, " "), out)
		if err != nil {
			t.Errorf("promtool %s: %v", args, err)
		}
	}
	tool("", "check", "rules", "alerts.yaml")
	tool("", "test", "rules", "alerts_test.yaml")
	inVirtualTime(t, func(f *fleet) {
		i := f.start("a")
		i.lead()
		text := i.scrape()
		parse(t, text)
		tool(text, "check", "metrics")
	})
}

// TestLiveFleet has a Prometheus server scrape a fleet over HTTP while everything happens to it that its metrics tell
// of. Every alert is silent first, and fires for its reason; every query of the dashboard has an answer.
func TestLiveFleet(t *testing.T) {
	targets := make(map[string]string)
	var servers []*httptest.Server
	serve := func(id string, handler http.Handler) func() string {
		mux := http.NewServeMux()
		mux.Handle("/metrics", handler)
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		servers = append(servers, server)
		targets[id] = server.Listener.Addr().String()
		return func() string { return get(t, server.URL+"/metrics") }
	}
	f := newFleet(t, zktest.RunT(t, zktest.InMemory()), serve)
	d := f.configure("d") // to scrape for the beginning
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	p := startPrometheus(t)
	p.scrape(map[string]string{"d": targets["d"]})
	p.eventually("the first scrape", func() bool { return p.value(`up{instance="d"}`) == 1 })
	p.eventually("every rule evaluated", func() bool { return p.evaluated() == 6 })
	if firing := p.firing(); len(firing) > 0 {
		t.Errorf("alerts with nothing wrong: %v", firing)
	}

	c := story(f)
	p.scrape(targets)
	for range 5 { // flapping
		l := c.lead()
		want := float64(l.Term())
		p.eventually("the leader's term", func() bool { return p.value(prefix+`leader_term{instance="d"}`) == want })
		l.Resign()
	}
	for range 3 { // sessions expire
		sessions := d.Stats().Sessions
		f.server.ExpireSession(d.Stats().SessionID)
		p.eventually("a new session", func() bool {
			return p.value(prefix+`sessions_started_total{instance="d"}`) == float64(sessions+1)
		})
	}
	led := d.lead() // all but loses it
	d.moves(d.net.Freeze, "trust_remaining_seconds<1.5")
	d.moves(d.net.Thaw, "narrow_proofs_total+1")
	led.Resign() // and nobody leads any more
	vacant := time.Now()
	c.net.Cut() // and c cannot see that

	for _, panel := range readDashboard(t).Panels {
		for _, target := range panel.Targets {
			query := strings.NewReplacer("$__rate_interval", "1m", "$job", ".*").Replace(target.Expr)
			if series := p.query(query); len(series) == 0 {
				t.Errorf("panel %q has no answer to %s", panel.Title, query)
			}
		}
	}
	p.eventually("firing: ZookeeperNoLeader", func() bool { return slices.Contains(p.firing(), "ZookeeperNoLeader") })
	if after := time.Since(vacant); after < 50*time.Second {
		t.Errorf("the alarm that nobody leads came after %v", after)
	} else {
		t.Logf("the alarm that nobody leads came after %v", after)
	}
	want := []string{"ZookeeperLeaderFlapping", "ZookeeperNoLeader", "ZookeeperNotConnected", "ZookeeperSessionsExpire",
		"ZookeeperTrustNearlyOut"}
	p.eventually(fmt.Sprint("firing: ", want), func() bool { return slices.Equal(p.firing(), want) })
	for _, alert := range p.alerts() {
		t.Logf("%s %s: %s", alert.State, alert.Labels["alertname"], alert.Annotations["summary"])
	}
	for _, server := range servers {
		server.Close()
	}
	p.eventually("firing: ZookeeperNoInstance", func() bool { return slices.Contains(p.firing(), "ZookeeperNoInstance") })
}

// promServer is a running Prometheus server.
type promServer struct {
	*testing.T
	url, config string
	process     *os.Process
}

func startPrometheus(t *testing.T) *promServer {
	t.Helper()
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	p := &promServer{T: t, url: "http://" + address, config: filepath.Join(dir, "prometheus.yaml")}
	p.write(nil)
	var log bytes.Buffer
	cmd := exec.Command("prometheus", "--config.file="+p.config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.process = cmd.Process
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the process, which the clean-up waits for
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil || t.Failed() {
			t.Logf("prometheus: %v\n%s", err, log.String())
		}
	})
	p.eventually("ready", func() bool {
		response, err := http.Get(p.url + "/-/ready")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

// scrape has it scrape these instances from now on.
func (p *promServer) scrape(targets map[string]string) {
	p.Helper()
	p.write(targets)
	if err := p.process.Signal(syscall.SIGHUP); err != nil { // read the configuration again
		p.Fatal(err)
	}
}

func (p *promServer) write(targets map[string]string) {
	p.Helper()
	rules, err := filepath.Abs("alerts.yaml")
	if err != nil {
		p.Fatal(err)
	}
	text := fmt.Sprintf(`
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - job_name: fleet
    static_configs:
`, rules)
	for _, id := range slices.Sorted(maps.Keys(targets)) {
		text += fmt.Sprintf("      - {targets: [%q], labels: {instance: %q}}\n", targets[id], id)
	}
	if targets == nil {
		text += "      []\n"
	}
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *promServer) eventually(what string, holds func() bool) {
	p.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("not within two minutes: %s; firing are %v", what, p.firing())
		}
	}
}

// ask returns the data of an answer of its HTTP API.
func ask[T any](p *promServer, path string) (data T) {
	p.Helper()
	answer := struct {
		Status, Error string
		Data          *T
	}{Data: &data}
	text := get(p.T, p.url+"/api/v1/"+path)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Status != "success" {
		p.Fatalf("%s: %v\n%s", path, err, text)
	}
	return data
}

type vector struct {
	Result []struct {
		Metric map[string]string
		Value  [2]any
	}
}

func (p *promServer) query(query string) []struct {
	Metric map[string]string
	Value  [2]any
} {
	p.Helper()
	return ask[vector](p, "query?query="+url.QueryEscape(query)).Result
}

// value returns the value of one series; -1 if it is not there yet.
func (p *promServer) value(query string) (value float64) {
	p.Helper()
	result := p.query(query)
	if len(result) != 1 {
		return -1
	}
	if _, err := fmt.Sscan(fmt.Sprint(result[0].Value[1]), &value); err != nil {
		p.Fatal(err)
	}
	return value
}

type alert struct {
	State               string
	Labels, Annotations map[string]string
}

func (p *promServer) alerts() []alert {
	p.Helper()
	return ask[struct{ Alerts []alert }](p, "alerts").Alerts
}

// firing returns the names of the alerts that fire.
func (p *promServer) firing() []string {
	p.Helper()
	var names []string
	for _, alert := range p.alerts() {
		if alert.State == "firing" {
			names = append(names, alert.Labels["alertname"])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// evaluated returns how many rules were evaluated without an error.
func (p *promServer) evaluated() (n int) {
	p.Helper()
	for _, group := range ask[struct {
		Groups []struct{ Rules []struct{ Health string } }
	}](p, "rules").Groups {
		for _, rule := range group.Rules {
			if rule.Health == "ok" {
				n++
			}
		}
	}
	return n
}

var direct = sync.OnceValue(func() *http.Client { // nothing of it lives on between requests
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
})

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := direct().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
