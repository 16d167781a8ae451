package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// struck says who was struck, when, and under which term.
type struck struct {
	leader string
	term   int64
	at     time.Time
}

// strikeAt has the leader hit the first time that the moment comes.
func (s *scene) strikeAt(moment string, hit func(leader string)) {
	s.moment, s.hit = moment, hit
	for watched, what := range map[string]func(*uptime.Incident) bool{
		"open marked":        func(i *uptime.Incident) bool { return i != nil && i.Phase == uptime.Open },
		"incident forgotten": func(i *uptime.Incident) bool { return i == nil && len(s.receiver.Deliveries()) == 2 },
	} {
		if moment == watched {
			go s.watch(what) // ends with the moment or the scene; its strike is waited for
		}
	}
	if strings.HasPrefix(moment, "close") || moment == "incident forgotten" {
		go s.bringBack() // likewise; the site must come back for the moment to come
	}
}

func (s *scene) bringBack() {
	if _, err := s.receiver.Await(s.ctx, uptime.OpenEvent, time.Time{}); err == nil {
		s.site.ComeBack()
	}
}

// watch strikes once the store shows what is awaited.
func (s *scene) watch(what func(*uptime.Incident) bool) {
	if s.poll(what) {
		s.now(s.moment, s.ledger.Last().Instance)
	}
}

// now says that a moment has come, and reports whether it was the one to strike at.
func (s *scene) now(moment, leader string) bool {
	s.mu.Lock()
	hit := s.hit
	if moment != s.moment || hit == nil {
		s.mu.Unlock()
		return false
	}
	s.hit = nil
	s.mu.Unlock()
	at := struck{leader: leader, term: s.ledger.Last().Term, at: time.Now()}
	s.teller.Say("test", "strikes %s: %s", leader, moment)
	hit(leader)
	s.struck <- at
	return true
}

func (s *scene) serveSite(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	s.site.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		s.mu.Lock()
		s.checks++
		second := s.checks == 2
		s.mu.Unlock()
		if second {
			s.now("second failed check", r.Header.Get(uptime.HeaderInstance))
		}
	}
	w.WriteHeader(answer.Code)
}

func (s *scene) serveWebhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var event uptime.Event
	if err == nil {
		err = json.Unmarshal(body, &event)
	}
	s.must(err)
	leader := r.Header.Get(uptime.HeaderInstance)
	if s.now(string(event.Event)+" arrives", leader) {
		panic(http.ErrAbortHandler) // it arrived and was not taken
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	s.receiver.ServeHTTP(answer, r)
	s.now(string(event.Event)+" accepted", leader)
	w.WriteHeader(answer.Code)
}

func (s *scene) awaitStrike() struck {
	s.t.Helper()
	select {
	case struck := <-s.struck:
		return struck
	case <-s.ctx.Done():
		s.t.Fatalf("%s never came", s.moment)
		return struck{}
	}
}
