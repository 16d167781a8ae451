package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// asProcess is set in the environment of the test binary where it is to be a process of TestProcess.
const asProcess = "STAGE_TEST_IS_PROCESS"

func TestMain(m *testing.M) {
	if how := os.Getenv(asProcess); how != "" {
		playProcess(how) // exits
	}
	goleak.VerifyTestMain(m)
}

func TestTeller(t *testing.T) {
	var out bytes.Buffer
	teller := NewTeller(&out)
	teller.Scene("Outage %d", 1)
	teller.Say("shop", "is %s", "down")
	teller.Print("the end\n\n")
	want := "\n         Outage 1\n   0.0s  shop        is down\n\nthe end\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	out.Reset()
	teller.colours = map[string]string{"": bold} // as on a terminal
	teller.Say("shop", "is down")
	if !strings.Contains(out.String(), palette[0]+"shop      "+reset+"  is down") {
		t.Errorf("got %q", out.String())
	}
}

func TestLines(t *testing.T) {
	var lines []string
	w := &Lines{To: func(line string) { lines = append(lines, line) }}
	for _, part := range []string{"a", "b\nc\r\n", "", "\nd"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	if want := []string{"ab", "c", ""}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestLedger(t *testing.T) {
	l := NewLedger()
	for _, a := range []Action{
		{Instance: "one", Term: 5}, {Instance: "one", Term: 5}, {Instance: "two", Term: 9},
		{Instance: "one", Term: 5},   // overtaken
		{Instance: "three", Term: 9}, // the same term, and somebody else's
		{Instance: "two", Term: 9},
	} {
		l.Record(a.Instance, a.Term, "check")
	}
	if overlaps := l.Overlaps(); len(overlaps) != 2 || overlaps[0].Instance != "one" || overlaps[1].Instance != "three" {
		t.Errorf("overlaps are %v", overlaps)
	}
	if leaders := l.Leaders(); len(leaders) != 2 || l.Last().Instance != "two" || l.Count() != 6 {
		t.Errorf("leaders are %v, the last %v, of %d actions", leaders, l.Last(), l.Count())
	}
	if next, err := l.Await(t.Context(), 5); err != nil || next.Instance != "two" {
		t.Errorf("above term 5 there is %v, %v", next, err)
	}
}

func TestLedgerWaits(t *testing.T) {
	l := NewLedger()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Await(ctx, 0); err == nil || !strings.Contains(err.Error(), "nobody took the lead: waited too long") {
		t.Errorf("got %v", err)
	}
	if err := l.AwaitMore(ctx, 1); err == nil || !strings.Contains(err.Error(), "does nothing") {
		t.Errorf("got %v", err)
	}
	go func() { // ends by itself
		for range 3 {
			l.Record("one", 7, "check")
		}
	}()
	if a, err := l.Await(t.Context(), 0); err != nil || a.Instance != "one" {
		t.Errorf("got %v, %v", a, err)
	}
}

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

// TestVerdict: a demonstration that cannot fail shows nothing.
func TestVerdict(t *testing.T) {
	const ok = "OK: one open and one close for every outage"
	cases := map[string]struct {
		deliveries []string // incident/event from, or "outage"
		overlap    bool
		problem    string
		want       string
	}{
		"good":            {[]string{"outage", "a/open one", "a/close one", "outage", "b/open one", "b/close two"}, false, "", ok},
		"repeated":        {[]string{"outage", "a/open one", "a/open two", "a/close two"}, false, "", ok},
		"no close":        {[]string{"outage", "a/open one"}, false, "", "FAILED: outage 1 had 1 opens and 0 closes"},
		"no open":         {[]string{"outage", "a/close one"}, false, "", "FAILED: outage 1 had 0 opens and 1 closes"},
		"nothing":         {[]string{"outage"}, false, "", "FAILED: outage 1 had 0 opens and 0 closes"},
		"two opens":       {[]string{"outage", "a/open one", "b/open two", "b/close two"}, false, "", "FAILED: outage 1 had 2 opens"},
		"another's close": {[]string{"outage", "a/open one", "b/close two"}, false, "", "FAILED: outage 1 was told as more than one"},
		"too early":       {[]string{"z/open one", "outage", "a/open one", "a/close one"}, false, "", "FAILED: the webhook was told z/open before"},
		"late close": {[]string{"outage", "a/open one", "outage", "a/close one", "b/open one", "b/close one"}, false, "",
			"FAILED: outage 2 had 1 opens and 2 closes"},
		"overlap": {[]string{"outage", "a/open one", "a/close one"}, true, "", "FAILED: old acted (check) after its term 1 was over"},
		"problem": {[]string{"outage", "a/open one", "a/close one"}, false, "it rained", "FAILED: it rained"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ledger := NewLedger()
			v := &Verdict{Receiver: NewReceiver(NewTeller(&bytes.Buffer{}), ledger), Ledger: ledger}
			for _, d := range c.deliveries {
				if d == "outage" {
					v.Outages = append(v.Outages, Outage{Began: time.Now(), Meantime: "leader killed"})
					continue
				}
				key, from, _ := strings.Cut(d, " ")
				incident, kind, _ := strings.Cut(key, "/")
				deliver(v.Receiver, from, 2, uptime.Event{Incident: incident, Event: uptime.Kind(kind)}, key)
			}
			ledger.overlaps = nil // of the made-up senders, which all have the same term
			if c.overlap {
				ledger.Record("old", 1, "check")
			}
			if c.problem != "" {
				v.Problems = append(v.Problems, c.problem)
			}
			v.HandOvers = []HandOver{
				{How: "killed", From: "one", To: "two", Took: 4720 * time.Millisecond, Note: "why"},
				{How: "ended", From: "two", To: "one", Took: 9 * time.Millisecond},
			}
			summary := v.String()
			if !strings.Contains(summary, c.want) || (c.want == ok) != (len(v.Failures()) == 0) {
				t.Errorf("want %q in\n%s", c.want, summary)
			}
			if strings.Contains(summary, ok) == strings.Contains(summary, "FAILED") {
				t.Errorf("both, or neither, OK and FAILED in\n%s", summary)
			}
			if !strings.Contains(summary, "4.7 s   why\n") || !strings.Contains(summary, "9 ms\n") {
				t.Errorf("hand-overs are missing in\n%s", summary)
			}
		})
	}
}

func TestTellable(t *testing.T) {
	for line, want := range map[string]string{
		"13:18:05.042  INFO   is up               target=shop":                                           "is up               target=shop",
		"13:18:05.042  WARN   is down             target=shop":                                           "is down             target=shop",
		"13:18:05.042  INFO   zookeeper: connected  from=disconnected":                                   "",
		"13:18:05.042  INFO   zookeeper: connected  from=suspended  server=a:1  session=0x1  timeout=3s": "zookeeper: connected  from=suspended  server=a:1",
		"13:18:05.042  ERROR  ends  error=x":                                                             "ERROR ends  error=x",
		"panic: out of luck":                                                                             "panic: out of luck",
		"":                                                                                               "",
	} {
		if got, _ := tellable(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

func TestProcess(t *testing.T) {
	cases := map[string]struct {
		end  func(*Process) error
		want string
	}{
		"polite":   {(*Process).Stop, ""},
		"failing":  {(*Process).Stop, "ended with exit status 3"},
		"stubborn": {(*Process).Kill, ""},
	}
	for how, c := range cases {
		t.Run(how, func(t *testing.T) {
			ready := make(chan string, 1)
			teller := NewTeller(&Lines{To: func(line string) { ready <- line }})
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), asProcess+"="+how)
			p, err := StartProcess(teller, "notifier-1", cmd)
			if err != nil {
				t.Fatal(err)
			}
			if line := <-ready; !strings.Contains(line, "notifier-1  ready as [-id notifier-1]") {
				t.Errorf("it says %q", line)
			}
			if err := c.end(p); err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it ends with %v, want %q", err, c.want)
			}
			if err := errors.Join(p.Kill(), p.Signal(syscall.SIGTERM)); err != nil {
				t.Errorf("once it has ended: %v", err)
			}
		})
	}
	if _, err := StartProcess(NewTeller(&bytes.Buffer{}), "x", exec.Command("/nowhere/notifier")); err == nil {
		t.Error("started what does not exist")
	}
}
