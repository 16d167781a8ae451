package uptime

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// PostTimeout is how long a delivery waits for the webhook's answer. Longer outages of the webhook are
// bridged by trying again.
const PostTimeout = 5 * time.Second

// post delivers the event once. Only a 2xx answer means that the webhook has it.
func post(ctx context.Context, client *http.Client, by sender, address string, event Event) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, PostTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return withoutURL(err)
	}
	by.sign(req)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(HeaderKey, event.Key())
	resp, err := unredirected(client).Do(req)
	if err != nil {
		return withoutURL(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// unredirected is the client without following redirects, which would turn the POST into a GET of another
// page and take that page's 200 for an acceptance.
func unredirected(client *http.Client) *http.Client {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}
