package uptime

import (
	"net/http"
	"time"

	"go.uber.org/zap"
)

// failuresToOpen is how many failed checks in a row make an incident.
const failuresToOpen = 2

// watch is one target under one leadership: what its checks say and how far its incident is. One goroutine
// uses it, from run.
type watch struct {
	target     Target
	retired    bool // no longer configured: only its incident is left, to be closed
	leadership Leadership
	by         sender
	store      *Store
	webhook    string
	client     *http.Client
	log        *zap.Logger

	// What the checks of this leadership say.
	failures int       // in a row
	since    time.Time // of the first of them
	reason   string    // of the latest of them
	up       bool      // the latest check was good
	upSince  time.Time // of the first good one

	// What the store says.
	known    bool // incident is what the store holds; false at first and after a write of unknown outcome
	incident *Incident
	told     string // key of the event that the webhook accepted last, in case marking it has to be repeated
}

// run checks the target and moves its incident on until the leadership ends or, for a retired target, until
// its incident is gone.
func (w *watch) run() {
	ctx := w.leadership.Context()
	retry := backoff{first: 200 * time.Millisecond, last: 10 * time.Second}
	due := time.Now()
	for {
		// What the last leader left half done comes before the first check.
		settled := w.settle()
		if settled && w.retired {
			return
		}
		wait := time.Until(due)
		if settled {
			retry.reset()
		} else {
			wait = min(wait, retry.next())
		}
		if !sleep(ctx, wait) {
			return
		}
		if !w.retired && !time.Now().Before(due) {
			due = time.Now().Add(w.target.Interval)
			w.check()
		}
	}
}

// check asks the target, and believes the answer only if this instance still leads when it has it: after a
// pause of the process or the end of the leadership a failure says nothing about the target.
func (w *watch) check() {
	if !w.leadership.Valid() {
		return
	}
	ctx := w.leadership.Context()
	began := time.Now()
	err := check(ctx, w.client, w.by, w.target)
	if !w.leadership.Valid() || ctx.Err() != nil {
		return
	}
	if err == nil {
		w.sawUp(began)
	} else {
		w.sawDown(began, err)
	}
}

func (w *watch) sawUp(at time.Time) {
	if !w.up {
		w.log.Info("target is up")
		w.upSince = at
	}
	w.up, w.failures = true, 0
}

func (w *watch) sawDown(at time.Time, err error) {
	w.up, w.reason = false, err.Error()
	w.failures++
	if w.failures == 1 {
		w.since = at
	}
	known := w.incident != nil && w.incident.Phase != Closing
	switch {
	case known && w.failures == 1:
		w.log.Info("target is still down", zap.Error(err))
	case known:
		w.log.Debug("target is still down", zap.Error(err), zap.Int("failures", w.failures))
	case w.failures == 1:
		w.log.Info("target failed a check", zap.Error(err))
	case w.failures == failuresToOpen:
		w.log.Warn("target is down", zap.Error(err))
	}
}
