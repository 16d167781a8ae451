package stage

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Site is a target that goes down and comes back.
type Site struct {
	Name   string
	Teller *Teller
	Ledger *Ledger
	down   atomic.Bool
}

// GoDown makes every check from now on fail.
func (s *Site) GoDown() {
	s.down.Store(true)
	s.Teller.Say(s.Name, "goes down")
}

// ComeBack makes every check from now on succeed.
func (s *Site) ComeBack() {
	s.down.Store(false)
	s.Teller.Say(s.Name, "is back")
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	record(s.Ledger, r, "check of "+s.Name)
	if s.down.Load() {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
	}
}

// record takes from a request's headers who made it, and under which term.
func record(ledger *Ledger, r *http.Request, what string) {
	term, err := strconv.ParseInt(r.Header.Get(uptime.HeaderTerm), 10, 64)
	if err != nil {
		return // somebody with a browser
	}
	ledger.Record(r.Header.Get(uptime.HeaderInstance), term, what)
}
