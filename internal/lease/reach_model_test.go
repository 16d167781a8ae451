package lease

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The model is a client, its server, and the leader, with a channel in either direction between each two neighbours:
// first in, first out, each message delayed at will. Another server acknowledges for the quorum. Times are counted from
// the beginning of the connection.

// weather is what a schedule of the model is made of.
type weather struct {
	ping    time.Duration // tickTime/2: the leader pings the server this often
	phase   time.Duration // the first time
	quorum  func() time.Duration
	delay   [4]func() time.Duration
	stalls  [4][]stall
	beat    time.Duration        // the client library's pings
	next    func() time.Duration // between two transactions
	overlap bool                 // a transaction does not wait for the answer to the one before
	end     time.Duration
}

// stall is a time in which a channel delivers nothing.
type stall struct{ from, to time.Duration }

// The channels.
const (
	asking   = iota // client to server
	telling         // server to leader
	leading         // leader to server
	replying        // server to client
)

// The messages and alarms.
const (
	asks     = iota // a transaction, or a ping of the client's, on its way
	reports         // the server's answer to the leader's ping
	pings           // the leader's ping
	commits         // of a transaction
	replies         // to a transaction or a ping
	pingTime        // the leader's clock
	beatTime        // the client library's
	sendTime        // the client's
	agreed          // the quorum has a transaction
)

type message struct {
	at   time.Duration
	kind int
	id   int // of a transaction or ping; for a report, whether it tells of the session
}

type asked struct {
	sent    time.Duration
	beat    bool          // a ping, which the server answers by itself
	relayed bool          // to the leader
	known   time.Duration // when the leader had renewed the session for the last time, as it got the transaction
}

type model struct {
	weather
	todo    []message // the next is the last
	now     time.Duration
	clear   [4]time.Duration // when the latest message on each channel arrives
	all     []asked
	table   bool          // the server has heard of the session since the leader's ping before
	renewed time.Duration // at the leader
	settled time.Duration // the latest commit: they are in order
	history history
	verdict func(sent, told, known time.Duration) // of every transaction answered
}

func (m *model) plan(kind int, at time.Duration, id int) {
	i := len(m.todo)
	for i > 0 && m.todo[i-1].at <= at {
		i--
	}
	m.todo = slices.Insert(m.todo, i, message{at, kind, id})
}

// post puts a message on a channel.
func (m *model) post(on, kind, id int) {
	at := m.now + m.delay[on]()
	for _, s := range m.stalls[on] {
		if s.from <= at && at < s.to {
			at = s.to
		}
	}
	m.clear[on] = max(m.clear[on]+1, at)
	m.plan(kind, m.clear[on], id)
}

// ask sends a transaction or a ping.
func (m *model) ask(beat bool) {
	m.all = append(m.all, asked{sent: m.now, beat: beat})
	m.post(asking, asks, len(m.all)-1)
}

func (m *model) run() {
	m.history = history{timeout: T}
	m.plan(pingTime, m.phase, 0)
	m.plan(beatTime, m.beat, 0)
	m.plan(sendTime, m.next(), 0)
	for len(m.todo) > 0 {
		e := m.todo[len(m.todo)-1]
		m.todo, m.now = m.todo[:len(m.todo)-1], e.at
		switch e.kind {
		case pingTime:
			m.post(leading, pings, 0)
			if m.now < m.end {
				m.plan(pingTime, m.now+m.ping, 0)
			}
		case pings:
			m.post(telling, reports, truth(m.table))
			m.table = false
		case reports:
			if e.id == 1 {
				m.renewed = m.now
			}
		case beatTime:
			m.ask(true)
			if m.now < m.end {
				m.plan(beatTime, m.now+T/3, 0)
			}
		case sendTime:
			m.ask(false)
			if m.overlap && m.now < m.end {
				m.plan(sendTime, m.now+m.next(), 0)
			}
		case asks:
			switch {
			case m.all[e.id].relayed: // at the leader
				m.all[e.id].known = m.renewed
				m.settled = max(m.settled+1, m.now+m.quorum())
				m.plan(agreed, m.settled, e.id)
			case m.all[e.id].beat:
				m.table = true
				m.post(replying, replies, e.id)
			default:
				m.table = true
				m.all[e.id].relayed = true
				m.post(telling, asks, e.id)
			}
		case agreed:
			m.post(leading, commits, e.id)
		case commits:
			m.post(replying, replies, e.id)
		case replies:
			m.answered(m.all[e.id])
		}
	}
}

// answered is the client's side of it.
func (m *model) answered(a asked) {
	t := touch{a.sent, m.now}
	if a.beat {
		m.history.add(t)
		return
	}
	m.verdict(a.sent, m.history.committed(t), a.known)
	if !m.overlap && m.now < m.end {
		m.plan(sendTime, max(m.now, a.sent+m.next()), 0)
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// dice makes the durations of a weather. They are multiples of a grain, or one nanosecond off, so that what happens at
// about the same time is met often, and in either order.
type dice struct {
	*rand.Rand
	grain time.Duration
}

// some returns a duration up to a limit, often next to nothing.
func (d dice) some(limit time.Duration) time.Duration {
	switch n := d.grain * time.Duration(d.Int64N(int64(limit/d.grain)+1)); d.IntN(4) {
	case 0:
		return 1
	case 1:
		return max(1, n-1)
	case 2:
		return n + 1
	default:
		return max(1, n)
	}
}

// up makes a function that returns durations up to one of the given limits.
func (d dice) up(limits ...time.Duration) func() time.Duration {
	limit := limits[d.IntN(len(limits))]
	return func() time.Duration { return d.some(limit) }
}

// storm is a random weather, with a tick of at most the given length.
func storm(seed uint64, tick time.Duration) weather {
	d := dice{Rand: rand.New(rand.NewPCG(seed, 0))}
	d.grain = []time.Duration{T / 96, T / 48, T / 48, T / 24}[d.IntN(4)]
	w := weather{ping: max(T/40, d.some(tick/2)), overlap: d.IntN(2) == 0, end: T + d.some(T/2)}
	w.phase, w.beat, w.quorum = d.some(w.ping), d.some(T/3), d.up(0, 0, 0, T/24)
	w.delay = [4]func() time.Duration{
		asking:   d.up(0, T/48, T/24, T/12, T/4),
		telling:  d.up(0, 0, 0, 0, T/24),
		leading:  d.up(0, 0, T/24, T/8),
		replying: d.up(0, 0, 0, T/24),
	}
	for on, stalls := range [4]int{asking: 2, telling: 1, leading: 6, replying: 1} {
		for range d.IntN(stalls + 1) {
			from := d.some(w.end)
			w.stalls[on] = append(w.stalls[on], stall{from, from + d.some(T/4)})
		}
	}
	if w.next = d.up(T/24, T/12, T/6, T/3); d.IntN(2) == 0 {
		pace := w.next() + T/96
		w.next = func() time.Duration { return pace }
	}
	return w
}
