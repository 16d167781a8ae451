package uptime

import (
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Duty is what the leader does.
type Duty struct {
	ID      string // of this instance; sent along with every request
	Targets []Target
	Webhook string // the URL that incidents are POSTed to
	Store   *Store
	Log     *zap.Logger

	client func(Leadership) *http.Client // newClient, but in tests of time
}

// Run does the leader's work until the leadership ends. It returns once nothing of it runs any more.
func (d *Duty) Run(l Leadership) {
	var running sync.WaitGroup
	for _, w := range d.watches(l) {
		// Ended by the leadership's context, waited for below.
		running.Go(w.run)
	}
	// Incidents of targets that are configured no longer may all be closed before the leadership ends.
	<-l.Context().Done()
	running.Wait()
}

// watches are the configured targets, and those that only an incident of an earlier configuration is left of.
func (d *Duty) watches(l Leadership) []*watch {
	client := newClient
	if d.client != nil {
		client = d.client
	}
	web := client(l)
	left := make(map[string]bool)
	for _, name := range d.left(l) {
		left[name] = true
	}
	var watches []*watch
	for _, target := range d.Targets {
		w := d.watch(l, web, target)
		w.known = !left[target.Name] // there is none, and nobody else can make one: nothing to read
		delete(left, target.Name)
		watches = append(watches, w)
	}
	for name := range left {
		w := d.watch(l, web, Target{Name: name})
		w.retired = true
		watches = append(watches, w)
	}
	return watches
}

// left names the targets with an incident, trying until the store answers or the leadership ends.
func (d *Duty) left(l Leadership) []string {
	retry := backoff{first: 100 * time.Millisecond, last: 5 * time.Second}
	for {
		names, err := d.Store.targets(l)
		if err == nil {
			return names
		}
		if l.Context().Err() == nil {
			d.Log.Warn("will try again", zap.Error(err))
		}
		if !sleep(l.Context(), retry.next()) {
			return nil
		}
	}
}

func (d *Duty) watch(l Leadership, web *http.Client, target Target) *watch {
	return &watch{
		target:     target,
		leadership: l,
		by:         sender{id: d.ID, term: l.Term()},
		store:      d.Store,
		webhook:    d.Webhook,
		client:     web,
		log:        d.Log.With(zap.String("target", target.Name)),
	}
}
