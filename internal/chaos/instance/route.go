package instance

import (
	"context"
	"net"
	"sync"
	"time"
)

// route makes a client try the servers in the order given to the instance. Clients shuffle their list, which is right
// for a fleet and wrong for placing a holder: so each name that a client dials for the first time is taken to mean the
// next server in our order. From then on it means that one.
type route struct {
	journal *journal
	order   []string

	mu      sync.Mutex
	meaning map[string]string
}

func newRoute(j *journal, order []string) *route {
	return &route{journal: j, order: order, meaning: make(map[string]string)}
}

func (r *route) resolve(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	server, known := r.meaning[name]
	if !known {
		server = r.order[len(r.meaning)]
		r.meaning[name] = server
	}
	r.journal.note(Dialled, 0, server)
	return server
}

// dialContext is a zookeeper.Config's Dial.
func (r *route) dialContext(ctx context.Context, network, name string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, r.resolve(name))
}

// dialTimeout is a zk.Dialer.
func (r *route) dialTimeout(network, name string, limit time.Duration) (net.Conn, error) {
	return net.DialTimeout(network, r.resolve(name), limit)
}
