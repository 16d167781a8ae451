package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
	"burrow.example/zookeeper/internal/realzk"
)

// asNotifier is set in the environment of the test binary where it is to be the notifier.
const asNotifier = "NOTIFIER_TEST_IS_NOTIFIER"

func testMain(m *testing.M) int {
	status := realzk.Main(m).Run()
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// scene is notifiers as processes, the site they watch, the webhook they tell, and a moment at which one is struck.
type scene struct {
	t         *testing.T
	ctx       context.Context
	teller    *stage.Teller
	ledger    *stage.Ledger
	site      *stage.Site
	receiver  *stage.Receiver
	app       *zookeeper.ApplicationContext // the test's own session
	config    string
	processes map[string]*stage.Process

	mu     sync.Mutex
	pages  map[string]string // the status pages, by instance, as the log says
	moment string
	hit    func(leader string)
	struck chan struck
	checks int // while the site was down
}

const (
	patience = 60 * time.Second // for one scene on a loaded machine
	interval = 300 * time.Millisecond
)

func newScene(t *testing.T) *scene {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s := &scene{t: t, ctx: ctx, pages: make(map[string]string)}
	teller, ledger := stage.NewTeller(&stage.Lines{To: s.told}), stage.NewLedger()
	s.teller, s.ledger = teller, ledger
	s.site = &stage.Site{Name: "shop", Teller: teller, Ledger: ledger}
	s.receiver = stage.NewReceiver(teller, ledger)
	s.processes = make(map[string]*stage.Process)
	s.struck = make(chan struck, 1)
	s.app = s.connect(realzk.Shared(t).Addr())
	site, webhook := httptest.NewServer(http.HandlerFunc(s.serveSite)), httptest.NewServer(http.HandlerFunc(s.serveWebhook))
	t.Cleanup(site.Close)
	t.Cleanup(webhook.Close)
	s.config = filepath.Join(t.TempDir(), "notifier.toml")
	s.must(os.WriteFile(s.config, fmt.Appendf(nil, `
[zookeeper]
servers = [%q]
root-path = %q
timeout = 4
[webhook]
url = %q
[[targets]]
name = "shop"
url = %q
interval = %q
`, realzk.Shared(t).Addr(), s.app.ZookeeperRoot, webhook.URL, site.URL, interval), 0o600))
	return s
}

// connect gives the test a session, and the scene a root path of its own.
func (s *scene) connect(server string) *zookeeper.ApplicationContext {
	root := strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '-'
		}
		return r
	}, s.t.Name())
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{
		Servers:  []string{server},
		RootPath: fmt.Sprintf("/%s-%d", root, time.Now().UnixNano()),
	}}
	zc.Configure()
	s.must(zc.Start())
	s.t.Cleanup(func() { s.must(zc.Stop()) })
	return zc.App
}

// pageLine is where an instance says at which address its status page is.
var pageLine = regexp.MustCompile(`s  (\S+) +status page +url=(\S+)`)

// told is called with every line, in one goroutine at a time.
func (s *scene) told(line string) {
	s.t.Log(line)
	if match := pageLine.FindStringSubmatch(line); match != nil {
		s.mu.Lock()
		s.pages[match[1]] = match[2]
		s.mu.Unlock()
	}
}

// page is the address of an instance's status page.
func (s *scene) page(name string) string {
	s.t.Helper()
	var url string
	s.until(name+" has a status page", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		url = s.pages[name]
		return url != ""
	})
	return url
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err) // not Fatal: also called from the servers' goroutines
	}
}

func (s *scene) start(name string) {
	cmd := exec.Command(os.Args[0], "-config", s.config, "-listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), asNotifier+"=1")
	p, err := stage.StartProcess(s.teller, name, cmd)
	if err != nil {
		s.t.Fatal(err)
	}
	s.processes[name] = p
	s.t.Cleanup(func() { s.must(p.Kill()) })
}

// awaitLine waits until so many instances contend.
func (s *scene) awaitLine(instances int) {
	s.t.Helper()
	s.until("all stand in line", func() bool {
		line, _, err := s.app.Zookeeper.Children(s.app.ZookeeperRoot + "/notifier")
		return err == nil && len(line) == instances
	})
}

func (s *scene) awaitEvents(count int) {
	s.t.Helper()
	s.until(fmt.Sprintf("event %d", count), func() bool { return len(s.receiver.Deliveries()) >= count })
}

func (s *scene) awaitForgotten() {
	s.t.Helper()
	s.until("the incident is forgotten", func() bool { return s.incident() == nil })
}

func (s *scene) until(what string, reached func() bool) {
	s.t.Helper()
	if !s.poll(func(*uptime.Incident) bool { return reached() }) {
		s.t.Fatalf("waited in vain until %s", what)
	}
}

// poll asks until the answer is yes, or the scene is over.
func (s *scene) poll(reached func(*uptime.Incident) bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if reached(s.incident()) {
			return true
		}
		select {
		case <-s.ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// incident is what the store holds, nil if there is none.
func (s *scene) incident() *uptime.Incident {
	data, _, err := s.app.Zookeeper.Get(s.app.ZookeeperRoot + "/incidents/shop")
	if err != nil {
		if !errors.Is(err, zk.ErrNoNode) && s.ctx.Err() == nil {
			s.t.Error(err)
		}
		return nil
	}
	var incident uptime.Incident
	s.must(json.Unmarshal(data, &incident))
	return &incident
}

// checkTold checks what the webhook has heard of, and that nobody acted out of turn.
func (s *scene) checkTold(repeats int) {
	s.t.Helper()
	deliveries := s.receiver.Deliveries()
	if len(deliveries) != 2 || deliveries[0].Event.Event != uptime.OpenEvent ||
		deliveries[1].Event.Event != uptime.CloseEvent ||
		deliveries[0].Event.Incident != deliveries[1].Event.Incident {
		s.t.Fatalf("the webhook was told %+v", deliveries)
	}
	if got := deliveries[0].Repeats + deliveries[1].Repeats; got != repeats {
		s.t.Errorf("%d repetitions, want %d", got, repeats)
	}
	for _, a := range s.ledger.Overlaps() {
		s.t.Errorf("%s acted (%s) after its term %d was over", a.Instance, a.What, a.Term)
	}
}
