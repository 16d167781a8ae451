package uptime

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// world is everything around the leader's work, in memory: a store that honours versions and terms, a
// webhook that drops repetitions by key, targets, and a fault that hits the n-th thing the work does to it.
type world struct {
	mu    sync.Mutex
	nodes map[string]node
	term  int64 // of the current leader; Guard refuses any other

	down     map[string]bool // targets, by host
	refuses  int             // deliveries that the webhook still refuses
	received []Event         // each key once, in order of arrival
	bodies   map[string]string
	repeats  int // deliveries of a key that had been received
	altered  int // repeats whose body was another
	stale    int // requests with a term below the highest seen
	highest  int64

	behind  map[string]node // what the leader's server still shows, until a committed write has come through it
	onCheck func()          // called while a target makes up its mind

	fault   fault
	effects int // things the current leader has done so far
}

type node struct {
	data    []byte
	version int32
}

func newWorld() *world {
	return &world{nodes: map[string]node{}, down: map[string]bool{}, bodies: map[string]string{}}
}

// apply assumes the lock. The work sends one operation a guard, so there is nothing to roll back.
func (w *world) apply(op any) error {
	switch op := op.(type) {
	case *zk.CreateRequest:
		if _, exists := w.nodes[op.Path]; exists {
			return zk.ErrNodeExists
		}
		w.nodes[op.Path] = node{data: op.Data}
	case *zk.SetDataRequest:
		n, exists := w.nodes[op.Path]
		if !exists {
			return zk.ErrNoNode
		}
		if n.version != op.Version {
			return zk.ErrBadVersion
		}
		w.nodes[op.Path] = node{data: op.Data, version: n.version + 1}
	case *zk.DeleteRequest:
		n, exists := w.nodes[op.Path]
		if !exists {
			return zk.ErrNoNode
		}
		if n.version != op.Version {
			return zk.ErrBadVersion
		}
		delete(w.nodes, op.Path)
	default:
		return zk.ErrAPIError
	}
	return nil
}

func (w *world) Create(path string, data []byte, _ int32, _ []zk.ACL) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return path, w.apply(&zk.CreateRequest{Path: path, Data: data})
}

func (w *world) Get(path string) ([]byte, *zk.Stat, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, exists := w.visible()[path]
	if !exists {
		return nil, nil, zk.ErrNoNode
	}
	return n.data, &zk.Stat{Version: n.version}, nil
}

func (w *world) Children(path string) ([]string, *zk.Stat, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, exists := w.visible()[path]; !exists {
		return nil, nil, zk.ErrNoNode
	}
	var names []string
	for p := range w.visible() {
		if name, below := strings.CutPrefix(p, path+"/"); below {
			names = append(names, name)
		}
	}
	return names, &zk.Stat{}, nil
}

// visible is what a read sees. It assumes the lock.
func (w *world) visible() map[string]node {
	if w.behind != nil {
		return w.behind
	}
	return w.nodes
}

// client is the leader's way to the targets and the webhook.
func (w *world) client(l *leader) *http.Client {
	return &http.Client{Transport: roundTripper(func(req *http.Request) (resp *http.Response, err error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		err = w.act(l, func() error {
			resp = w.serve(req, l.term)
			return nil
		})
		if err != nil {
			return nil, err
		}
		return resp, nil
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (w *world) serve(req *http.Request, term int64) *http.Response {
	if req.Method == http.MethodGet && w.onCheck != nil {
		w.onCheck()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if term < w.highest {
		w.stale++
	}
	w.highest = max(w.highest, term)
	status := http.StatusOK
	switch {
	case req.Method == http.MethodPost:
		status = w.receive(req)
	case w.down[req.URL.Host]:
		status = http.StatusServiceUnavailable
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status),
		Body: io.NopCloser(strings.NewReader("")), Request: req,
	}
}

// receive assumes the lock.
func (w *world) receive(req *http.Request) int {
	if w.refuses > 0 {
		w.refuses--
		return http.StatusBadGateway
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return http.StatusBadRequest
	}
	key := req.Header.Get(HeaderKey)
	if before, seen := w.bodies[key]; seen {
		w.repeats++
		if before != string(body) {
			w.altered++
		}
		return http.StatusOK
	}
	var event Event
	if err := json.Unmarshal(body, &event); err != nil || event.Key() != key {
		return http.StatusBadRequest
	}
	w.bodies[key] = string(body)
	w.received = append(w.received, event)
	return http.StatusOK
}

func (w *world) setDown(host string, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down[host] = down
}

// story is what the webhook was told, one word an event: "shop:open".
func (w *world) story() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var words []string
	for _, e := range w.received {
		words = append(words, e.Target+":"+string(e.Event))
	}
	return words
}

// incidents counts the nodes that hold one.
func (w *world) incidents() int {
	names, _, _ := w.Children("/uptime/incidents")
	return len(names)
}

// duty is the work of the given leader on the given targets, each checked every five seconds.
func (w *world) duty(l *leader, targets ...string) *Duty {
	d := &Duty{
		ID: "test", Webhook: "http://webhook/",
		Store: &Store{Tree: w, Path: "/uptime/incidents"},
		Log:   testLog, client: func(Leadership) *http.Client { return w.client(l) },
	}
	for _, name := range targets {
		d.Targets = append(d.Targets, Target{Name: name, URL: "http://" + name + "/", Interval: 5 * time.Second})
	}
	return d
}
