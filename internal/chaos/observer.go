package main

import (
	"cmp"
	"errors"
	"net"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/internal/chaos/instance"
)

// observer looks at the ensemble past all proxies, through a client at each server: when a node is gone from the first
// server that shows so, which is one of the majority, and when a write is committed.
type observer struct {
	conns []*zk.Conn
	quit  chan struct{}
	done  sync.WaitGroup

	mu      sync.Mutex
	queue   map[string][]string      // the latest listing of a directory, by whichever server gave one
	gone    map[string]time.Duration // by path
	commits []time.Duration
	trips   []time.Duration // of the committed writes
}

const (
	pollEvery   = 25 * time.Millisecond // beside the watches
	writeEvery  = 50 * time.Millisecond
	redialAfter = 20 * time.Millisecond
	observerTTL = 40 * time.Second // as long as a server with a tickTime of two seconds grants
	watched     = "/chaos"         // what the observers write to
)

// observe begins to look at the directories, which it creates, at each of the servers.
func observe(servers []string, dirs ...string) (*observer, error) {
	o := &observer{quit: make(chan struct{}), queue: make(map[string][]string), gone: make(map[string]time.Duration)}
	for _, server := range servers {
		conn, _, err := zk.Connect([]string{server}, observerTTL, zk.WithHostProvider(only(server)),
			zk.WithDialer(patiently), zk.WithLogger(silent{}), zk.WithEventCallback(func(zk.Event) {}))
		if err != nil {
			o.close()
			return nil, err
		}
		o.conns = append(o.conns, conn)
	}
	for _, dir := range dirs {
		if err := o.makeAll(dir); err != nil {
			o.close()
			return nil, err
		}
	}
	for _, conn := range o.conns {
		o.spawn(func() { o.write(conn) })
		for _, dir := range dirs {
			o.spawn(func() { o.look(conn, dir) })
		}
	}
	return o, nil
}

// spawn runs f in a goroutine that ends with the observer.
func (o *observer) spawn(f func()) {
	o.done.Add(1)
	go func() {
		defer o.done.Done()
		f()
	}()
}

func (o *observer) close() {
	close(o.quit)
	for _, conn := range o.conns {
		conn.Close()
	}
	o.done.Wait()
}

func (o *observer) makeAll(dir string) error {
	if dir == "/" {
		return nil
	}
	if err := o.makeAll(path.Dir(dir)); err != nil {
		return err
	}
	for tries := 0; ; tries++ {
		_, err := o.conns[0].Create(dir, nil, zk.FlagPersistent, zk.WorldACL(zk.PermAll))
		if err == nil || errors.Is(err, zk.ErrNodeExists) {
			return nil
		}
		if tries == 100 || !o.rest(writeEvery) {
			return err
		}
	}
}

// rest waits; false when the observer is closed.
func (o *observer) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.quit:
		return false
	}
}

// write has something committed again and again.
func (o *observer) write(conn *zk.Conn) {
	for o.rest(writeEvery) {
		asked := instance.Now()
		if _, err := conn.Set(watched, nil, -1); err == nil {
			o.mu.Lock()
			now := instance.Now()
			o.commits, o.trips = append(o.commits, now), append(o.trips, now-asked)
			o.mu.Unlock()
		}
	}
}

// look lists a directory whenever its watch fires, and every now and then, since a watch can be lost.
func (o *observer) look(conn *zk.Conn, dir string) {
	var changed <-chan zk.Event
	var before []string
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		var children []string
		var err error
		at := instance.Now()
		if changed == nil {
			children, _, changed, err = conn.ChildrenW(dir)
		} else {
			children, _, err = conn.Children(dir)
		}
		if answered := instance.Now(); answered-at > pollEvery {
			at = answered // a server that was frozen meanwhile does not say when
		}
		if err != nil {
			changed = nil
		} else {
			o.compare(dir, before, children, at)
			before = children
		}
		select {
		case <-changed:
			changed = nil
		case <-poll.C:
		case <-o.quit:
			return
		}
	}
}

// compare notes what is gone.
func (o *observer) compare(dir string, before, after []string, at time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range before {
		node := path.Join(dir, name)
		if _, known := o.gone[node]; !known && !slices.Contains(after, name) {
			o.gone[node] = at
		}
	}
	o.queue[dir] = after
}

// first returns the node that holds the lock, by the latest listing, and how many contend; "" if nobody does.
func (o *observer) first(dir string) (node string, contenders int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.queue[dir]
	if len(queue) == 0 {
		return "", 0
	}
	// Names end in a sequence number of ten digits.
	lowest := slices.MinFunc(queue, func(a, b string) int { return cmp.Compare(sequence(a), sequence(b)) })
	return path.Join(dir, lowest), len(queue)
}

func sequence(name string) string { return name[max(0, len(name)-10):] }

// goneAt returns when a node was first seen to be gone.
func (o *observer) goneAt(node string) (time.Duration, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, gone := o.gone[node]
	return at, gone
}

// committed returns the times of the committed writes, in order.
func (o *observer) committed() []time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(slices.Values(o.commits))
}

// roundTrips returns how long each committed write took that was done before a time.
func (o *observer) roundTrips(before time.Duration) []time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []time.Duration
	for i, at := range o.commits {
		if at < before {
			all = append(all, o.trips[i])
		}
	}
	return all
}

// delete removes a node as an operator would.
func (o *observer) delete(node string) error {
	err := errors.New("no server to delete it at")
	for _, conn := range o.conns {
		if err = conn.Delete(node, -1); err == nil {
			return nil
		}
	}
	return err
}

// only is a host provider of one server that asks for no pauses; the dialer makes them.
type only string

func (o only) Init([]string) error  { return nil }
func (o only) Len() int             { return 1 }
func (o only) Next() (string, bool) { return string(o), false }
func (o only) Connected()           {}

func patiently(network, address string, limit time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, address, limit)
	if err != nil {
		time.Sleep(redialAfter)
	}
	return conn, err
}

type silent struct{}

func (silent) Printf(string, ...any) {}
