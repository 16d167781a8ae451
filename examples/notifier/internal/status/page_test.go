package status

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fixed zookeeper.Stats

func (f fixed) Stats() zookeeper.Stats { return zookeeper.Stats(f) }

// get asks a page for a path.
func get(t *testing.T, p *Page, path string) (*http.Response, string) {
	t.Helper()
	mux := http.NewServeMux()
	p.Register(mux)
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	body, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return recorder.Result(), string(body)
}

func TestPage(t *testing.T) {
	leads := fixed{State: zookeeper.Connected, Since: noon, Server: "zk1:2181", Timeout: 6 * time.Second,
		Leading: 1, Trust: 3900 * time.Millisecond}
	cases := map[string]struct {
		stats fixed
		story func(h *History)
		want  []string
	}{
		"before there is a session": {fixed{}, func(*History) {},
			[]string{`id="leader">unknown<`, `class="state disconnected"`, "None so far."}},
		"nobody leads": {fixed{State: zookeeper.Connected}, func(h *History) { h.led(time.Now(), zookeeper.LeaderInfo{}) },
			[]string{`id="leader">nobody<`, "<title>nobody leads", `<rect class="nobody" x=`}},
		"it leads": {leads, func(h *History) { h.led(time.Now(), zookeeper.LeaderInfo{ID: "one", Term: 7}) },
			[]string{`id="leader">one<`, "this instance</p>", `id="role">leads<`, `id="trust">3.9 s<`, "at zk1:2181", `data-leader="one" data-term="7"`}},
		"its connection is lost": {fixed{State: zookeeper.Suspended},
			func(h *History) { h.led(time.Now(), zookeeper.LeaderInfo{ID: "two", Term: 7}) },
			[]string{`id="leader">unknown<`, "there is no connection to ZooKeeper", `data-leader="two"`}},
		"names are text": {fixed{State: zookeeper.Connected},
			func(h *History) {
				h.led(time.Now(), zookeeper.LeaderInfo{ID: `"><script>alert(1)</script>`, Term: 7})
				h.down(time.Now(), []uptime.Incident{{ID: "i", Target: "<b>", Reason: `<img src=x onerror="alert(2)">`, Since: time.Now()}})
			},
			[]string{"&lt;script&gt;alert(1)&lt;/script&gt;", "<td>&lt;b&gt;</td>", "&lt;img src=x", "▲ down"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := NewHistory()
			c.story(h)
			p := New("one", []string{"shop"}, c.stats, h, zap.NewNop())
			answer, body := get(t, p, "/")
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v", answer)
			}
			for _, want := range c.want {
				if !strings.Contains(body, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			if strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
				t.Error("somebody else's markup is in the page")
			}
			if t.Failed() {
				t.Logf("it is\n%s", body)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	h := NewHistory()
	p := New("one", []string{"shop"}, fixed{State: zookeeper.Connected, Timeout: 6 * time.Second}, h, zap.NewNop())
	answer, body := get(t, p, "/status.json")
	if answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", answer.Header)
	}
	for _, want := range []string{`"leader": null`, `"terms": []`, `"outages": []`, `"state": "connected"`, `"session_timeout_seconds": 6`, `"trust_seconds": 0`} {
		if !strings.Contains(body, want) {
			t.Errorf("it lacks %s: %s", want, body)
		}
	}
	h.led(noon, zookeeper.LeaderInfo{ID: "two", Term: 1 << 33})
	_, body = get(t, p, "/status.json")
	var got Status
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Leader == nil || got.Leader.Leader != "two" || got.Leader.Term != 1<<33 || len(got.Terms) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestRoutes(t *testing.T) {
	p := New("one", nil, fixed{}, NewHistory(), zap.NewNop())
	for path, want := range map[string]int{"/": 200, "/status.json": 200, "/page.css": 200, "/page.js": 200, "/page.html": 404, "/metrics": 404} {
		if answer, body := get(t, p, path); answer.StatusCode != want || want == 200 && len(body) < 100 {
			t.Errorf("%s: %s, %d bytes", path, answer.Status, len(body))
		}
	}
}
