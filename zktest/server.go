package zktest

import (
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Server is a ZooKeeper ensemble of one or more members in this process. Its methods may be called from any
// goroutine. The faults of a Server concern all its connections.
type Server struct {
	Faults
	opt    options
	agenda *agenda
	wait   sync.WaitGroup // connections and listeners

	mu         sync.Mutex // guards everything below, and all members, connections and links
	rand       *rand.Rand
	members    []*Member
	clients    []*Client
	links      []*link
	dialing    []*dial
	open       map[*conn]bool // connections whose wire is open, members knowing them or not
	connNumber int
	epoch      int64
	electing   bool
	closed     bool
}

// TB is what RunT needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// RunT starts a server that is closed when the test ends. A test in which it cannot start fails at once.
func RunT(tb TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(opts...)
	if err != nil {
		tb.Fatalf("zktest: %v", err)
		return nil
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server and returns when it serves clients. Close it after use. It fails if an option is out
// of range or an address cannot be listened on.
func Start(opts ...Option) (*Server, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opt:    o,
		agenda: newAgenda(),
		rand:   rand.New(rand.NewPCG(o.seed, 0)),
		open:   map[*conn]bool{},
	}
	s.Faults.init(s)
	for i := range o.members {
		m := &Member{number: i + 1, tree: newTree(), data: newWatchTable(), kids: newWatchTable()}
		m.Faults.init(s)
		m.nextSession = int64(m.number)<<56 | int64(uint64(time.Now().UnixMilli())<<24>>8)
		m.addr = o.address(i)
		s.members = append(s.members, m)
	}
	for _, m := range s.members {
		if err := s.listen(m); err != nil {
			s.Close()
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeConfig()
	for _, m := range s.members {
		m.start()
	}
	if len(s.members) > 1 {
		s.elect()
	}
	return s, nil
}

// Close stops all members and ends all connections, faults or no faults. It returns when no goroutine of the
// server is left. A second Close does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	for _, m := range s.members {
		m.stop()
	}
	for _, d := range s.dialing {
		d.done(errClosed)
	}
	for _, c := range s.lingering() {
		c.flush()
	}
	s.mu.Unlock()
	for _, m := range s.members {
		s.unlisten(m)
	}
	s.wait.Wait()
	s.agenda.close()
}

// Addr returns the address of the first member, for a client's list of servers.
func (s *Server) Addr() string { return s.members[0].addr }

// Addrs returns the addresses of all members.
func (s *Server) Addrs() []string {
	var addrs []string
	for _, m := range s.members {
		addrs = append(addrs, m.addr)
	}
	return addrs
}

// Members returns the members in the order of their numbers.
func (s *Server) Members() []*Member { return slices.Clone(s.members) }

// Member returns the member with the given number, the first of which is 1. It panics if there is none.
func (s *Server) Member(number int) *Member { return s.members[number-1] }

// Leader returns the member that leads, or nil while none does. A leader that has been cut off counts until
// another has been elected or it has given up.
func (s *Server) Leader() *Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var best *Member
	for _, m := range s.members {
		if m.role == leading && (best == nil || m.reign.epoch > best.reign.epoch) {
			best = m
		}
	}
	return best
}

// Addr returns the member's address.
func (m *Member) Addr() string { return m.addr }

// Number returns the member's number, the first of which is 1.
func (m *Member) Number() int { return m.number }

// Role returns what the member is: "leader", "follower", "looking" or "stopped". A single server is a leader.
func (m *Member) Role() string {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	return m.role.String()
}

// at runs f at its time with the mutex held.
func (s *Server) at(when time.Time, f func()) *event {
	return s.agenda.at(when, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// between draws a duration, to the nanosecond.
func (s *Server) between(min, max time.Duration) time.Duration {
	return min + time.Duration(s.rand.Int64N(int64(max-min)+1))
}

// lingering returns the connections whose wire is open, those included that members have forgotten, in order.
func (s *Server) lingering() []*conn {
	return slices.SortedFunc(maps.Keys(s.open), func(a, b *conn) int { return cmp.Compare(a.number, b.number) })
}

// shift takes the first off a queue. One that is empty then keeps its room for the next.
func shift[T any](queue []T) []T {
	if len(queue) == 1 {
		clear(queue)
		return queue[:0]
	}
	return queue[1:]
}

func sortedKeys[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }

var errClosed = errors.New("zktest: server closed")
