package status

import (
	"context"
	"errors"
	"sync"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Follow keeps the history of a started coordinator: who leads under a name, and which incidents there are below a
// path. It returns when ctx ends or the coordinator is stopped.
func (h *History) Follow(ctx context.Context, app *zookeeper.ApplicationContext, name, incidents string) {
	var following sync.WaitGroup
	// Both end with ctx or the coordinator, and are waited for below.
	following.Go(func() {
		for info, err := range app.Observe(ctx, name) {
			if err == nil || errors.Is(err, zookeeper.ErrNoLeader) {
				h.led(time.Now(), info)
			}
		}
	})
	following.Go(func() {
		for {
			session, err := app.Session(ctx)
			if err != nil {
				return
			}
			h.saw(time.Now())
			uptime.Onlook(session, app.Zookeeper, incidents, func(there []uptime.Incident) { h.down(time.Now(), there) })
			h.sawNothing(time.Now())
		}
	})
	following.Wait()
}
