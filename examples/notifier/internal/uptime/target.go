package uptime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Target is one thing to watch.
type Target struct {
	Name     string // unique, and a node's name in ZooKeeper
	URL      string // answered with 2xx or 3xx: it is up
	Interval time.Duration
}

// CheckTimeout is how long a check waits for an answer before it counts as failed.
const CheckTimeout = 5 * time.Second

// check asks the target once. A nil error means it is up; otherwise the error says in a few words why not.
func check(ctx context.Context, client *http.Client, by sender, target Target) error {
	ctx, cancel := context.WithTimeout(ctx, CheckTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.URL, nil)
	if err != nil {
		return withoutURL(err)
	}
	by.sign(req)
	resp, err := client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= 400 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// sender says on a request which instance makes it, and under which leadership.
type sender struct {
	id   string
	term int64
}

// Headers of every request of the notifier.
const (
	HeaderInstance = "Notifier-Instance"
	HeaderTerm     = "Notifier-Term"
	HeaderKey      = "Idempotency-Key" // deliveries only
)

func (s sender) sign(req *http.Request) {
	req.Header.Set("User-Agent", "burrow-notifier")
	req.Header.Set(HeaderInstance, s.id)
	req.Header.Set(HeaderTerm, strconv.FormatInt(s.term, 10))
}

// withoutURL takes the address out of an HTTP client's error: it is logged already, or it holds a secret, as
// the addresses of webhooks often do.
func withoutURL(err error) error {
	var wrapped *url.Error
	if !errors.As(err, &wrapped) {
		return err
	}
	if wrapped.Timeout() {
		return errors.New("no answer in time")
	}
	return wrapped.Err
}
