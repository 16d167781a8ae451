package zktest

import (
	"fmt"
	"time"
)

// Option changes how a server is started.
type Option func(*options)

type options struct {
	members                  int
	memory                   bool
	addrs                    []string
	tick                     time.Duration
	syncLimit                int
	seed                     uint64
	super                    string
	latencyMin, latencyMax   time.Duration // in-memory connections
	quorumMin, quorumMax     time.Duration // between members
	electionMin, electionMax time.Duration
}

// Members sets the number of members of the ensemble. The default is 1, a standalone server.
func Members(n int) Option { return func(o *options) { o.members = n } }

// InMemory starts a server without a network: only its own Dial reaches it. It is what a test inside a
// testing/synctest bubble needs, where real sockets would stop the clock.
func InMemory() Option { return func(o *options) { o.memory = true } }

// Listen sets the addresses that the members listen on, in their order. The default is a free port of 127.0.0.1
// for each.
func Listen(addrs ...string) Option { return func(o *options) { o.addrs = addrs } }

// Tick sets the tick: sessions last between 2 and 20 ticks and expire on a grid of ticks, and members ping each
// other every half tick. The default is ZooKeeper's 2 s.
func Tick(d time.Duration) Option { return func(o *options) { o.tick = d } }

// SyncLimit sets the number of ticks after which a member that hears nothing from its leader gives it up, and a
// leader its followers. The default is 5.
func SyncLimit(ticks int) Option { return func(o *options) { o.syncLimit = ticks } }

// Seed sets what all random choices follow from: latencies, the phase of ticks, the time an election takes. Two
// servers with the same seed behave the same if their clients do. The default is 1.
func Seed(n uint64) Option { return func(o *options) { o.seed = n } }

// Latency sets how long data takes one way on in-memory connections. The default is 50 to 250 µs. With none it is there
// as soon as it is written, which takes the least time to simulate.
func Latency(min, max time.Duration) Option {
	return func(o *options) { o.latencyMin, o.latencyMax = min, max }
}

// QuorumLatency sets how long data takes from one member of an ensemble to another. The default is 100 to 500 µs.
func QuorumLatency(min, max time.Duration) Option {
	return func(o *options) { o.quorumMin, o.quorumMax = min, max }
}

// Election sets how long the members take to elect a leader once enough of them look for one. The default is
// 200 ms to 1 s.
func Election(min, max time.Duration) Option {
	return func(o *options) { o.electionMin, o.electionMax = min, max }
}

// Super lets clients that authenticate with the given credential, "super:password", pass every access control
// list. The default is that nobody may.
func Super(credential string) Option { return SuperDigest(digest(credential)) }

// SuperDigest is Super with the credential as ZooKeeper's own configuration wants it, hashed.
func SuperDigest(digest string) Option { return func(o *options) { o.super = digest } }

func newOptions(opts []Option) (options, error) {
	o := options{
		members:    1,
		tick:       2 * time.Second,
		syncLimit:  5,
		seed:       1,
		latencyMin: 50 * time.Microsecond, latencyMax: 250 * time.Microsecond,
		quorumMin: 100 * time.Microsecond, quorumMax: 500 * time.Microsecond,
		electionMin: 200 * time.Millisecond, electionMax: time.Second,
	}
	for _, opt := range opts {
		opt(&o)
	}
	switch {
	case o.members < 1 || o.members > 9:
		return o, fmt.Errorf("members: %d is not between 1 and 9", o.members)
	case o.addrs != nil && len(o.addrs) != o.members:
		return o, fmt.Errorf("listen: %d addresses for %d members", len(o.addrs), o.members)
	case o.tick < 2*time.Millisecond || o.tick%time.Millisecond != 0:
		return o, fmt.Errorf("tick: %v is not a whole number of milliseconds, at least 2", o.tick)
	case o.syncLimit < 1:
		return o, fmt.Errorf("sync limit: %d is not positive", o.syncLimit)
	case o.latencyMin < 0 || o.latencyMax < o.latencyMin:
		return o, fmt.Errorf("latency: from %v to %v is no range", o.latencyMin, o.latencyMax)
	case o.quorumMin < 0 || o.quorumMax < o.quorumMin:
		return o, fmt.Errorf("quorum latency: from %v to %v is no range", o.quorumMin, o.quorumMax)
	case o.electionMin < 0 || o.electionMax < o.electionMin:
		return o, fmt.Errorf("election: from %v to %v is no range", o.electionMin, o.electionMax)
	}
	return o, nil
}

// address is where member i listens. In memory the addresses are of the range that is reserved for
// documentation, so that a client that was not given the dialer reaches nobody.
func (o options) address(i int) string {
	switch {
	case o.addrs != nil:
		return o.addrs[i]
	case o.memory:
		return fmt.Sprintf("192.0.2.%d:2181", i+1)
	}
	return "127.0.0.1:0"
}
