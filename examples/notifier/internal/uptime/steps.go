package uptime

import (
	"time"

	"go.uber.org/zap"
)

// settle takes the incident as far as the checks, the webhook and the store allow. It reports whether there
// is nothing left to do until the next check; otherwise something failed that is worth another try.
func (w *watch) settle() bool {
	for {
		if !w.leadership.Valid() {
			return false
		}
		step := w.next()
		if step == nil {
			return true
		}
		if err := step(); err != nil {
			if w.leadership.Context().Err() == nil {
				w.log.Warn("will try again", zap.Error(err))
			}
			return false
		}
	}
}

// next is the step that is due now, nil if none is: the arrows in the package's comment.
func (w *watch) next() func() error {
	switch {
	case !w.known:
		return w.read
	case w.incident == nil && w.failures >= failuresToOpen:
		return w.recordOpen
	case w.incident == nil:
		return nil
	}
	event, pending := w.incident.pending()
	switch {
	case pending && w.told != event.Key():
		return func() error { return w.deliver(event) }
	case w.incident.Phase == Opening:
		return w.markOpen
	case w.incident.Phase == Closing:
		return w.forget
	case w.up || w.retired:
		return w.recordClose
	}
	return nil
}

// read asks the store where the incident stands.
func (w *watch) read() error {
	incident, err := w.store.read(w.leadership, w.target.Name)
	if err != nil {
		return err
	}
	if incident != nil && (w.incident == nil || w.incident.ID != incident.ID) {
		w.log.Info("target has an incident", zap.String("incident", incident.ID), zap.String("phase", string(incident.Phase)),
			zap.Time("since", incident.Since))
	}
	w.incident, w.known = incident, true
	return nil
}

func (w *watch) recordOpen() error {
	return w.write(w.store.create(w.leadership, newIncident(w.target, w.since, w.reason, w.by.term)))
}

func (w *watch) markOpen() error {
	return w.write(w.store.save(w.leadership, w.incident.opened()))
}

func (w *watch) recordClose() error {
	until := w.upSince
	if w.retired {
		until = time.Now()
		w.log.Info("target is no longer configured")
	}
	return w.write(w.store.save(w.leadership, w.incident.closing(until, w.by.term)))
}

func (w *watch) forget() error {
	if err := w.store.remove(w.leadership, *w.incident); err != nil {
		w.known = false
		return err
	}
	w.incident = nil
	return nil
}

// write takes over what was written. After an error it may have been written or not, so the store is asked
// before anything else is done.
func (w *watch) write(written Incident, err error) error {
	if err != nil {
		w.known = false
		return err
	}
	w.incident = &written
	return nil
}

// deliver tells the webhook.
func (w *watch) deliver(event Event) error {
	if err := post(w.leadership.Context(), w.client, w.by, w.webhook, event); err != nil {
		return &deliveryError{event: event, err: err}
	}
	w.told = event.Key()
	w.log.Info("told the webhook", zap.String("event", string(event.Event)), zap.String("incident", event.Incident))
	return nil
}

// deliveryError is a delivery that the webhook did not accept.
type deliveryError struct {
	event Event
	err   error
}

func (e *deliveryError) Error() string {
	return "the webhook did not take the " + string(e.event.Event) + " of " + e.event.Incident + ": " + e.err.Error()
}

func (e *deliveryError) Unwrap() error { return e.err }
