//go:build browser

package main

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/status"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// pictures is where the screenshots go, from here.
const pictures = "../../.build"

// TestPageInABrowser looks at the page of an instance that does not lead, before and after the leader hands over, and
// then at that of the new leader after the one before it was killed.
func TestPageInABrowser(t *testing.T) {
	s := newScene(t)
	names := map[string]bool{"one": true, "two": true, "three": true}
	for name := range names {
		s.start(name)
	}
	s.awaitLine(len(names))
	s.site.GoDown()
	_, err := s.receiver.Await(s.ctx, uptime.OpenEvent, time.Time{})
	s.must(err)
	first := s.ledger.Last()
	delete(names, first.Instance)
	onlooker := s.onlooker(first.Instance)
	s.awaitStatus(onlooker, first.Instance, func(seen status.Status) bool { return len(seen.Outages) == 1 })

	browser := newBrowser(t)
	before := browser.dom(s.page(onlooker))
	before.says("leader", first.Instance)
	before.says("role", "stands by")
	before.has("a term of the leader", `data-leader="%s" data-term="%d"`, first.Instance, first.Term)
	before.has("the outage", `<g class="outage" data-target="shop">`)
	before.has("the incident, which is open", `<tr class="down"><td>shop</td>`)
	browser.screenshot(s.page(onlooker), "page-before.png", blue, red)

	s.must(s.processes[first.Instance].Stop())
	next, err := s.ledger.Await(s.ctx, first.Term)
	s.must(err)
	s.site.ComeBack()
	_, err = s.receiver.Await(s.ctx, uptime.CloseEvent, time.Time{})
	s.must(err)
	delete(names, next.Instance)
	var last string
	for name := range names {
		last = name
	}
	s.awaitStatus(last, next.Instance, func(seen status.Status) bool { return !seen.Outages[0].Until.IsZero() })

	after := browser.dom(s.page(last))
	after.says("leader", next.Instance)
	after.has("the old term", `data-leader="%s" data-term="%d"`, first.Instance, first.Term)
	after.has("the new term", `data-leader="%s" data-term="%d"`, next.Instance, next.Term)
	after.has("the incident, which is over", `<tr class="over"><td>shop</td>`)
	browser.screenshot(s.page(last), "page-after.png", blue, orange, red)

	s.must(s.processes[next.Instance].Kill())
	killed := s.awaitStatus(last, last, func(seen status.Status) bool { return seen.Trust > 0 })
	crash := browser.dom(s.page(last))
	crash.says("leader", last)
	crash.says("role", "leads")
	crash.has("trust", `<p class="big" id="trust">[0-9]\.[0-9] s</p>`)
	for _, term := range []int64{first.Term, next.Term, killed.Leader.Term} {
		crash.has("every term", `data-term="%d"`, term)
	}
	browser.screenshot(s.page(last), "page-leading.png", blue, orange, green, red)
}

// TestPageRefreshes: an open page follows the leader by itself, and says when the instance answers no more.
func TestPageRefreshes(t *testing.T) {
	mux := http.NewServeMux()
	status.New("one", nil, new(zookeeper.Coordinator), status.NewHistory(), zap.NewNop()).Register(mux)
	for name, c := range map[string]struct {
		later int // what is answered but for the first time
		want  string
	}{
		"follows": {http.StatusOK, `<body( class="")?>`},
		"silent":  {http.StatusServiceUnavailable, `<body class="silent">`},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" && asked.Add(1) > 1 {
					w.WriteHeader(c.later)
					fmt.Fprint(w, "<title>later</title><main><h1>two</h1></main>")
					return
				}
				mux.ServeHTTP(w, r)
			}))
			defer server.Close()
			page := dom{t, string(newBrowser(t).run(server.URL, "--dump-dom", "--virtual-time-budget=3000"))}
			page.has("what came of it", c.want)
			if name == "follows" {
				page.has("what is new", "<main><h1>two</h1></main>")
				page.has("its title", "<title>later</title>")
			} else {
				page.has("what was", `id="leader"`)
			}
			if asked.Load() < 2 {
				t.Errorf("it asked %d times", asked.Load())
			}
		})
	}
}

// onlooker is an instance that does not lead.
func (s *scene) onlooker(leader string) string {
	for name := range s.processes {
		if name != leader {
			return name
		}
	}
	panic("nobody else")
}

// What the timeline is drawn with; see page.css.
var (
	blue   = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	orange = color.NRGBA{0xe6, 0x9f, 0x00, 0xff}
	green  = color.NRGBA{0x00, 0x9e, 0x73, 0xff}
	red    = color.NRGBA{0xb3, 0x26, 0x1e, 0xff}
)

// browser is a headless Chromium.
type browser struct {
	t       *testing.T
	command string
}

func newBrowser(t *testing.T) browser {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	for _, name := range names {
		if command, err := exec.LookPath(name); err == nil {
			return browser{t, command}
		}
	}
	t.Fatalf("none of %v is installed; scripts/setup.sh browser installs one", names)
	return browser{}
}

func (b browser) run(url string, args ...string) []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	args = append([]string{"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--user-data-dir=" + b.t.TempDir(), "--window-size=1180,900"}, args...)
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to run as root otherwise
	}
	cmd := exec.CommandContext(ctx, b.command, append(args, url)...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("%s %s: %v\n%s", b.command, url, err, complaints.String())
	}
	return out
}

// screenshot takes a picture, and makes sure that it shows something in each of the colours.
func (b browser) screenshot(url, name string, colours ...color.NRGBA) {
	b.t.Helper()
	dir, err := filepath.Abs(pictures)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	b.run(url, "--screenshot="+file)
	data, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	seen := make(map[color.NRGBA]int)
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			seen[color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)]++
		}
	}
	for _, colour := range colours {
		if seen[colour] < 20 {
			b.t.Errorf("%s: %d pixels are %v", name, seen[colour], colour)
		}
	}
	b.t.Logf("%s: %v", file, picture.Bounds().Size())
}

// dom is what a page has become in the browser.
type dom struct {
	t    *testing.T
	text string
}

func (b browser) dom(url string) dom {
	b.t.Helper()
	return dom{b.t, string(b.run(url, "--dump-dom"))}
}

// says checks the text of an element.
func (d dom) says(id, want string) {
	d.t.Helper()
	match := regexp.MustCompile(`id="` + id + `">([^<]*)<`).FindStringSubmatch(d.text)
	if match == nil || strings.TrimSpace(match[1]) != want {
		d.t.Errorf("%s says %q, want %q; the page is\n%s", id, match, want, d.text)
	}
}

// has checks that something is there.
func (d dom) has(what, pattern string, args ...any) {
	d.t.Helper()
	if pattern = fmt.Sprintf(pattern, args...); !regexp.MustCompile(pattern).MatchString(d.text) {
		d.t.Errorf("the page lacks %s, %s; it is\n%s", what, pattern, d.text)
	}
}
