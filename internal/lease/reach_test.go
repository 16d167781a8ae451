package lease

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// ensemble is what reach.go is about, as far as one session sees of it: a client, the server it is connected to, and
// the leader, joined by lines that delay what passes as they like, but keep its order. The leader pings the server
// every half tick; the server answers whether it has heard of the session since the ping before; and when such an
// answer arrives the leader renews the session, and never else.
type ensemble struct {
	chance  *rand.Rand
	now     time.Duration // since the connection request was sent
	due     []happening   // in order
	stalls  bool
	heard   bool          // the server, of the session, since the leader's last ping
	renewed time.Duration // by the leader
	pending []*request    // at the server, in order: nothing is answered before what was asked before it

	toServer, toClient, toLeader, fromLeader line
}

type happening struct {
	at   time.Duration
	what func()
}

type request struct {
	sent, committed time.Duration
	done            bool
	answered        func()
}

// line keeps order: nothing arrives before what was sent before it.
type line struct{ last time.Duration }

func (e *ensemble) after(delay time.Duration, what func()) {
	at := e.now + delay
	place, _ := slices.BinarySearchFunc(e.due, at, func(h happening, at time.Duration) int {
		if h.at <= at {
			return -1
		}
		return 1
	})
	e.due = slices.Insert(e.due, place, happening{at, what})
}

func (e *ensemble) run(end time.Duration) {
	for e.now < end {
		next := e.due[0]
		e.due = e.due[1:]
		e.now = next.at
		next.what()
	}
}

// within returns a random duration.
func (e *ensemble) within(d time.Duration) time.Duration {
	return time.Duration(e.chance.Int64N(int64(d) + 1))
}

// send has something arrive at the end of a line, mostly soon.
func (e *ensemble) send(l *line, arrives func()) {
	delay := e.within(T / 1000)
	if e.stalls && e.chance.IntN(30) == 0 {
		delay = e.within(T / 2)
	}
	l.last = max(l.last, e.now+delay)
	e.after(l.last-e.now, arrives)
}

// ping is the leader's, for ever.
func (e *ensemble) ping(halfTick time.Duration) {
	e.send(&e.fromLeader, func() {
		reported := e.heard
		e.heard = false
		e.send(&e.toLeader, func() {
			if reported {
				e.renewed = e.now
			}
		})
	})
	e.after(halfTick, func() { e.ping(halfTick) })
}

// ask sends a request of the session; the server answers a transaction when it is committed.
func (e *ensemble) ask(transaction bool, answered func(*request)) {
	r := &request{sent: e.now}
	r.answered = func() { answered(r) }
	e.send(&e.toServer, func() {
		e.heard = true
		e.pending = append(e.pending, r)
		if !transaction {
			e.done(r)
			return
		}
		e.send(&e.toLeader, func() {
			e.after(e.within(T/1000), func() { // the other servers agree
				r.committed = e.renewed
				e.send(&e.fromLeader, func() { e.done(r) })
			})
		})
	})
}

func (e *ensemble) done(r *request) {
	r.done = true
	for len(e.pending) > 0 && e.pending[0].done {
		e.send(&e.toClient, e.pending[0].answered)
		e.pending = e.pending[1:]
	}
}

// behaviour is how a client asks: it proves its session every period, more or less, with breaks.
type behaviour struct {
	period time.Duration
	uneven bool // sometimes at once again, sometimes after a break
	stalls bool // on any line
	locks  bool // are taken and given back beside that, without a view to what is underway
}

// concluded runs a client for a while, and returns for every transaction that was answered how long after what
// history concludes the leader had really renewed the session when it committed it, and how long before the sending
// the conclusion lies.
func concluded(seed uint64, b behaviour) (errs, ages []time.Duration) {
	e := &ensemble{chance: rand.New(rand.NewPCG(seed, 0)), stalls: b.stalls}
	h := history{timeout: T}

	halfTick := T/40 + e.within(T/4-T/40) // sessions of 2 to 20 ticks
	if e.chance.IntN(3) == 0 {
		halfTick = T / 4
	}
	e.after(e.within(halfTick), func() { e.ping(halfTick) })

	answered := func(r *request) {
		renewed := h.committed(touch{r.sent, e.now})
		if renewed > 0 { // more than the connection request tells
			errs = append(errs, r.committed-renewed)
			ages = append(ages, r.sent-renewed)
		}
	}
	var ping, lock, prove func()
	ping = func() { // the client library's
		e.ask(false, func(r *request) { h.add(touch{r.sent, e.now}) })
		e.after(T/3, ping)
	}
	lock = func() {
		e.ask(true, answered)
		e.after(e.within(T/2), lock)
	}
	prove = func() {
		e.ask(true, func(r *request) {
			answered(r)
			wait := max(0, r.sent+b.period-e.now)
			if b.uneven {
				switch e.chance.IntN(8) {
				case 0:
					wait = e.within(T / 1000)
				case 1:
					wait = e.within(2 * T)
				}
			}
			e.after(wait, prove)
		})
	}
	e.after(e.within(T/3), ping)
	e.after(e.within(T), prove)
	if b.locks {
		e.after(e.within(T), lock)
	}
	e.run(30 * T)
	return errs, ages
}

var reachSeeds = flag.Uint64("reach.seeds", 50, "how many runs of each kind of client to check conclusions of")

// TestRenewalIsConcludedRightly: whatever the tick, its phase and the delays, the leader has renewed the session at the
// time concluded or later, before it committed the transaction.
func TestRenewalIsConcludedRightly(t *testing.T) {
	for name, b := range map[string]behaviour{
		"held":                {period: T / proveOf},
		"held, stalls":        {period: T / proveOf, stalls: true},
		"held, locks, stalls": {period: T / proveOf, stalls: true, locks: true},
		"warm":                {period: T / warmOf},
		"warm, stalls":        {period: T / warmOf, stalls: true},
		"warm uneven, stalls": {period: T / warmOf, uneven: true, stalls: true},
		"uneven":              {period: T / proveOf, uneven: true},
		"uneven, stalls":      {period: T / proveOf, uneven: true, stalls: true},
		"rare, locks, stalls": {period: T, uneven: true, stalls: true, locks: true},
	} {
		t.Run(name, func(t *testing.T) {
			closest := T
			for seed := range *reachSeeds {
				errs, _ := concluded(seed, b)
				for i, err := range errs {
					if err < 0 {
						t.Fatalf("seed %d, transaction %d: the leader renewed the session %v before what was concluded", seed, i, -err)
					}
				}
				closest = min(closest, slices.Min(errs))
			}
			if closest > T/12 {
				t.Errorf("the leader was never closer than %v: a bolder conclusion would not be noticed", closest)
			}
		})
	}
}

// TestRenewalThatIsConcluded: while checks are sent steadily, nearly all of 2T/3 is trusted.
func TestRenewalThatIsConcluded(t *testing.T) {
	for seed := range uint64(100) {
		_, ages := concluded(seed, behaviour{period: T / proveOf})
		for i, age := range ages {
			if i > 12 && age > T-trust(T)+T/20 {
				t.Errorf("seed %d, check %d: trust lasts until %v after its sending only", seed, i, T-age)
			}
		}
	}
}
