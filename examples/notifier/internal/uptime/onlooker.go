package uptime

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// WatchTree is the part of zookeeper.ZookeeperClient that an onlooker reads with.
type WatchTree interface {
	ChildrenW(path string) ([]string, *zk.Stat, <-chan zk.Event, error)
	GetW(path string) ([]byte, *zk.Stat, <-chan zk.Event, error)
	ExistsW(path string) (bool, *zk.Stat, <-chan zk.Event, error)
}

// Onlook shows the incidents under a path, sorted by target, at once and whenever they change. It returns when ctx ends,
// which should end with the session: its watches do. What a server shows may be a moment old; a node that holds no
// incident is left out. It needs no leadership, and asks only for what has changed.
func Onlook(ctx context.Context, tree WatchTree, dir string, show func([]Incident)) {
	o := &onlooker{tree: tree, dir: dir, ctx: ctx, fired: make(chan string), known: make(map[string]Incident)}
	defer o.waiting.Wait()
	retry := backoff{first: 100 * time.Millisecond, last: 5 * time.Second}
	next := dir
	for {
		if err := o.look(next); err != nil {
			if !sleep(ctx, retry.next()) {
				return
			}
			continue
		}
		retry.reset()
		if ctx.Err() != nil {
			return
		}
		show(o.incidents())
		select {
		case next = <-o.fired:
		case <-ctx.Done():
			return
		}
	}
}

// onlooker has one watch on the directory, and one on each incident in it.
type onlooker struct {
	tree    WatchTree
	dir     string
	ctx     context.Context
	fired   chan string         // the path that something happened to
	known   map[string]Incident // by path; without an ID where there is none to read
	waiting sync.WaitGroup
}

// look reads again what the path names, and watches it.
func (o *onlooker) look(at string) error {
	if at != o.dir {
		return o.read(at)
	}
	names, _, changed, err := o.tree.ChildrenW(o.dir)
	if errors.Is(err, zk.ErrNoNode) {
		var exists bool
		exists, _, changed, err = o.tree.ExistsW(o.dir)
		if exists {
			return o.look(at)
		}
	}
	if err != nil {
		return err
	}
	o.watch(o.dir, changed)
	for _, name := range names {
		node := path.Join(o.dir, name)
		if _, known := o.known[node]; !known {
			if err := o.read(node); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *onlooker) read(node string) error {
	data, _, changed, err := o.tree.GetW(node)
	if errors.Is(err, zk.ErrNoNode) {
		delete(o.known, node)
		return nil
	}
	if err != nil {
		return err
	}
	o.watch(node, changed)
	var incident Incident
	if err := json.Unmarshal(data, &incident); err != nil {
		incident = Incident{}
	}
	incident.Target = path.Base(node)
	o.known[node] = incident
	return nil
}

// watch says when something happens. Its goroutine ends with that or with ctx, and Onlook waits for it.
func (o *onlooker) watch(at string, changed <-chan zk.Event) {
	o.waiting.Go(func() {
		select {
		case <-changed:
			select {
			case o.fired <- at:
			case <-o.ctx.Done():
			}
		case <-o.ctx.Done():
		}
	})
}

func (o *onlooker) incidents() []Incident {
	var incidents []Incident
	for _, i := range o.known {
		if i.ID != "" {
			incidents = append(incidents, i)
		}
	}
	slices.SortFunc(incidents, func(a, b Incident) int { return strings.Compare(a.Target, b.Target) })
	return incidents
}
