package stage

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// deliver POSTs an event as the notifier does, and returns the status.
func deliver(r http.Handler, from string, term int64, event uptime.Event, key string) int {
	body := fmt.Sprintf(`{"incident":%q,"event":%q,"since":"2024-05-06T12:00:00Z","until":"2024-05-06T12:00:02.5Z"}`,
		event.Incident, event.Event)
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	req.Header.Set(uptime.HeaderKey, key)
	req.Header.Set(uptime.HeaderInstance, from)
	req.Header.Set(uptime.HeaderTerm, fmt.Sprint(term))
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, req)
	return answer.Code
}

func TestReceiver(t *testing.T) {
	var out bytes.Buffer
	r := NewReceiver(NewTeller(&out), NewLedger())
	var before []string
	r.BeforeAnswer(func(e uptime.Event) { before = append(before, e.Key()) })
	open := uptime.Event{Incident: "shop-1", Event: uptime.OpenEvent}
	closing := uptime.Event{Incident: "shop-1", Event: uptime.CloseEvent}
	for i, c := range []struct {
		event uptime.Event
		key   string
		want  int
	}{
		{open, "shop-1/open", http.StatusNoContent},
		{open, "shop-1/open", http.StatusNoContent}, // again
		{closing, "shop-1/close", http.StatusNoContent},
		{open, "", http.StatusBadRequest},
		{open, "shop-1/close", http.StatusBadRequest}, // not its key
	} {
		if got := deliver(r, "one", 1, c.event, c.key); got != c.want {
			t.Errorf("delivery %d: status %d, want %d", i, got, c.want)
		}
	}
	deliveries := r.Deliveries()
	if len(deliveries) != 2 || deliveries[0].Repeats != 1 || deliveries[1].Repeats != 0 {
		t.Errorf("deliveries are %+v", deliveries)
	}
	if !slices.Equal(before, []string{"shop-1/open"}) {
		t.Errorf("before the answer: %v", before)
	}
	for _, want := range []string{"OPEN   shop-1", "again  shop-1", "CLOSE  shop-1  from one: was down for 2.5 s"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if _, err := r.Await(t.Context(), uptime.CloseEvent, time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestSite(t *testing.T) {
	ledger := NewLedger()
	s := &Site{Name: "shop", Teller: NewTeller(&bytes.Buffer{}), Ledger: ledger}
	check := func(header http.Header) int {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header = header
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, req)
		return answer.Code
	}
	signed := http.Header{uptime.HeaderInstance: {"one"}, uptime.HeaderTerm: {"3"}}
	up := check(signed)
	s.GoDown()
	down := check(signed)
	s.ComeBack()
	if back := check(http.Header{}); up != http.StatusOK || down != http.StatusServiceUnavailable || back != http.StatusOK {
		t.Errorf("statuses are %d, %d, %d", up, down, back)
	}
	if ledger.Count() != 2 || ledger.Last().Instance != "one" || ledger.Last().Term != 3 {
		t.Errorf("the ledger has %d actions, the last %v", ledger.Count(), ledger.Last())
	}
}
