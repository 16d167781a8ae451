package uptime

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	by := sender{id: "one", term: 7}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    string // in the error; empty: up
	}{
		"ok":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, ""},
		"not found":  {http.NotFound, "answered 404 Not Found"},
		"unavail":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "answered 503"},
		"hangs up":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"huge body":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, ""},
		"redirected": {http.RedirectHandler("/moved", http.StatusFound).ServeHTTP, "stopped after 10 redirects"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			asked := make(chan http.Header, 20)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Header.Clone()
				c.handler(w, r)
			}))
			defer server.Close()
			err := check(t.Context(), server.Client(), by, Target{Name: "shop", URL: server.URL})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("check says %v, want %q", err, c.want)
			}
			if header := <-asked; header.Get(HeaderInstance) != "one" || header.Get(HeaderTerm) != "7" {
				t.Errorf("the target cannot see who asks: %v", header)
			}
		})
	}
}

func TestPost(t *testing.T) {
	event := Event{Incident: "shop-1", Event: OpenEvent, Target: "shop", Term: 3, Since: time.Unix(0, 0).UTC()}
	cases := map[string]struct {
		status int
		want   string
	}{
		"accepted":     {http.StatusAccepted, ""},
		"refused":      {http.StatusBadRequest, "answered 400"},
		"broken":       {http.StatusInternalServerError, "answered 500"},
		"moved":        {http.StatusMovedPermanently, "answered 301"},
		"found":        {http.StatusFound, "answered 302"},
		"see other":    {http.StatusSeeOther, "answered 303"},
		"moved for ev": {http.StatusPermanentRedirect, "answered 308"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got Event
			var header http.Header
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost {
					return // where a redirect would lead: answers 200
				}
				header = r.Header
				body, _ := io.ReadAll(r.Body)
				if err := json.Unmarshal(body, &got); err != nil {
					t.Errorf("body %s: %v", body, err)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			err := post(t.Context(), server.Client(), sender{id: "one", term: 9}, server.URL, event)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("post says %v, want %q", err, c.want)
			}
			if got != event {
				t.Errorf("received %+v, want %+v", got, event)
			}
			if header.Get(HeaderKey) != "shop-1/open" || header.Get(HeaderTerm) != "9" ||
				header.Get("Content-Type") != "application/json" {
				t.Errorf("headers are %v", header)
			}
		})
	}
}

// TestErrorsHideTheAddress: a webhook's address often is its password.
func TestErrorsHideTheAddress(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	address := server.URL + "/services/s3cret"
	posted := post(t.Context(), server.Client(), sender{}, address, Event{})
	checked := check(t.Context(), server.Client(), sender{}, Target{URL: address})
	for _, err := range []error{posted, checked} {
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("got %v", err)
		}
	}
}
