package zookeeper

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Readiness answers readiness probes: 200 while the session is connected, 503 otherwise, each with a line that says
// why; see Health. An instance that is not ready need not be restarted: it gets ready by itself once ZooKeeper is
// there. The handler never blocks, whatever state ZooKeeper is in, and may be made before Configure.
func (zc *Coordinator) Readiness() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := zc.Health(); err != nil {
			answer(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		answer(w, http.StatusOK, "connected")
	})
}

// Liveness answers liveness probes: 200 unless only a restart of the process can help, and then 503, each with a line
// that says why. That is after Stop is done, and while the event loop has not answered for a whole session timeout:
// somebody keeps App.ZookeeperExpired.L locked, or the logger does not return. ZooKeeper being down, which restarts do
// not cure, is no reason. The loop is asked by each probe, and what has come of it is told by the next, so that a
// probe never blocks. The handler may be made before Configure.
func (zc *Coordinator) Liveness() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, why := zc.alive()
		answer(w, status, why)
	})
}

func answer(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, why)
}

func (zc *Coordinator) alive() (status int, why string) {
	zc.mu.Lock()
	was, done := zc.phase, zc.stopped
	zc.mu.Unlock()
	switch was {
	case running:
		silent := zc.pulse.ask(zc.queue)
		if silent > zc.config.SessionTimeout {
			return http.StatusServiceUnavailable, fmt.Sprintf("the event loop has not answered for %v",
				silent.Round(time.Millisecond))
		}
		return http.StatusOK, "the event loop answers"
	case stopped:
		select {
		case <-done:
			return http.StatusServiceUnavailable, ErrStopped.Error()
		default:
			return http.StatusOK, "stopping"
		}
	}
	return http.StatusOK, "not started"
}

// pulse is whether the event loop answers.
type pulse struct {
	mu    sync.Mutex
	asked time.Time // when a question was put that has not been answered yet; zero: none
}

// ask puts a question unless one is open, and returns for how long the open one has been.
func (p *pulse) ask(q *queue) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.IsZero() {
		p.asked = time.Now()
		q.put(event{kind: question})
	}
	return time.Since(p.asked)
}

func (p *pulse) answer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = time.Time{}
}
