// Package zktest is a ZooKeeper server inside the process: for tests that would otherwise need Java, for a first
// run without an installation, and for testing/synctest, where an hour takes milliseconds.
//
// It speaks ZooKeeper's wire protocol with the semantics of release 3.8.0, over TCP on the loopback interface and
// over connections inside the process. It imports nothing but the standard library, and not package testing.
//
//	func TestSomething(t *testing.T) {
//		s := zktest.RunT(t)
//		conn, _, err := zk.Connect([]string{s.Addr()}, 10*time.Second)
//		…
//		s.ExpireSession(conn.SessionID()) // what does the code do now?
//	}
//
// # Ensembles
//
// Start(Members(3)) makes an ensemble. Every member has an address, a tree of its own and clients of its own. One
// of them leads; writes are committed when a majority has logged them, and followers learn of them a moment later.
// A member can be cut off from the others (Isolate), frozen (Freeze), stopped and restarted (Stop, Restart). What
// it then does is what ZooKeeper does, the uncomfortable parts included:
//
//   - A follower that is cut off answers pings and reads from what it knows for up to syncLimit ticks. Then it
//     drops its clients.
//   - A leader that is cut off does the same and answers sync as well. It expires sessions of which it no longer
//     hears and tells clients so, while the majority still keeps their nodes.
//   - The majority elects a new leader a moment after its followers have given the old one up. A new leader starts
//     the clock of every session afresh, and commits what the old one had proposed and it has logged.
//   - A follower's leader learns that a client lives with the follower's next answer to a ping, up to half a tick
//     later. Sessions expire on a grid of ticks.
//   - A member that thaws answers from its old state before it learns what has happened.
//
// # Faults
//
// Faults are verbs on the Server, on a Member, and on a Client, which is a dialer whose connections are addressed
// as a group:
//
//	s.Client("a").Cut()                              // the network of client a is cut, silently
//	s.Member(2).Isolate()                            // member 2 is cut off from the others
//	lost := s.LoseNextReply(zktest.OpCreate)         // the next create happens, and nobody is told
//	s.FailNext(zktest.OpGetData, zktest.NoNode)      // the next read fails
//	s.Leader().Stop()
//	s.Heal()                                         // all is well again; s.Member(1).Restart() is needed besides
//
// # Virtual time
//
// Inside a synctest bubble a server must be started with InMemory and reached with Dial, DialTimeout or a Client's
// (zk.WithDialer(s.Client("a").DialTimeout)). Everything that happens in the server happens on one goroutine, at
// times that differ by at least a nanosecond and follow from Seed, so that a run with GOMAXPROCS=1 and without the
// race detector can be repeated. Close the server only when the clients are done: time stops with it.
//
// # What it is not
//
// There is no persistence, no SASL, no TLS, no reconfiguration, no observers and no read-only mode. Quotas are
// counted, not enforced, which is ZooKeeper's default.
package zktest
