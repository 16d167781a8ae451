// Package zookeeper makes sure that exactly one instance of an application does the work: one ZooKeeper session for
// the whole application, and on top of it locks and leadership that stay exclusive under partitions, pauses and lost
// servers. It is also a drop-in for the ZooKeeper coordinator of Burrow, the Kafka consumer-lag monitor.
//
// # Use
//
// An application has one [Coordinator]: set its Config, then Configure, Start and Stop, or just Run. Everything else is
// done through its App, an [ApplicationContext]:
//
//   - Lead runs work on one instance at a time; Campaign hands leadership out, to be held. Both give a [Leadership].
//   - Leader and Observe tell who leads, without contending.
//   - Session ties something to the session: a context that ends with it.
//   - Zookeeper is the client that all modules share, and makes locks, as Burrow's modules know it. docs/from-burrow.md
//     is the way from there.
//
// Health, Readiness, Liveness and Stats tell how it fares, and the module burrow.example/zookeeper/metrics tells Prometheus.
// Package zktest is a ZooKeeper inside the process, for tests. What an operator has to know is in docs/operating.md,
// TLS, credentials and ACLs in docs/security.md.
//
// Errors are values for errors.Is, in two kinds: what a call returns, and the context.Cause with which the context of a
// session or of a leadership ends. The errors of go-zookeeper (zk.ErrNoAuth, ...) come through as they are.
//
// # What is not promised
//
// A process that is paused between asking [Leadership.Valid] and acting can act late; no lock service can prevent that.
// And a third party that closes the session or deletes the lock node takes the lock away without waiting for anybody;
// the holder is told within milliseconds. For both there is [Leadership.Term], a fencing token that grows with every
// new leader, and [Leadership.Guard], a write that ZooKeeper refuses once the term is over. The monotonic clock has to
// go on while the process is paused (SIGSTOP, a paused virtual machine that keeps time), and clocks have to run at about
// the same rate; what time they show does not matter. Nor is anything promised where an administrator has set
// minSessionTimeout below two ticks, its default.
//
// # What is promised
//
//   - A holder stops trusting its lock before the ensemble can give it to another, whatever is cut, frozen or lost.
//   - No orphaned lock node, lost event, lost wake-up or stuck Unlock leaves the fleet without a leader while ZooKeeper
//     is up.
//   - A reset connection, a restarted server, a frozen server or a follower that is cut off from its leader does not
//     cost leadership as long as a quorum can be reached within the trust.
//   - Every ending has a reason in a typed error. After Stop nothing of the library runs.
//
// # States
//
//	              established           lost
//	Disconnected ────────────▶ Connected ────▶ Suspended
//	                            ▲  ▲  │ ◀────   │
//	                established │  └──┼─────────┘ the same session re-established
//	                            │     │ expired · trust lapsed · suspended for the session timeout
//	                          Expired ◀
//
// From every state Stop leads to Stopped. App.ZookeeperConnected is true while Connected and Suspended. On entering
// Expired and Stopped it becomes false and App.ZookeeperExpired is broadcast, in that order, while its lock is held;
// then the session's contexts end, and with them its leaderships. After Expired comes a new session, always: nothing of
// the old one is ever adopted.
//
// # Trust
//
// Nothing that a client can read off its connection proves that its session is alive: a server that is cut off from
// its leader answers pings and reads for a good while, while the others expire the session and pass its locks on. Only
// a committed transaction proves it. So while an instance holds a lock, it sends every T/12 (T is the negotiated
// session timeout) a transaction that changes nothing, a multi of a single version check on the lock node. The answer
// to a check that was sent at s extends trust to s + 2T/3 at the longest; nothing else does. If no answer comes for T/4,
// the connection is dropped. The session is then asked for at the next server, and while that has not answered for T/24
// (or twice as long as it took before), at another one as well; the first answer counts. When trust runs out the session
// is given up, whatever the connection says.
//
// Why that is safe can be checked by hand. The leader expires a session T after it last renewed it, rounded up to a
// whole tick. It renews one when the session moves to a server, and when a server reports that it heard of the session,
// which it does in its answer to the leader's ping, every half tick. Between two servers everything arrives in the order
// in which it was sent. Let b and c be answered transactions, c sent after b's answer. The leader sent a ping half a tick
// before b's commit at most, the server answered it before it passed on c, and so when c is committed the leader has the
// report of everything that the server had heard of by that ping. With a check every T/12, b was sent at s − T/12 and
// the ping after s − T/12 − tickTime/2, so that the session expires no earlier than
//
//	s − (T/12 + tickTime/2) + T
//
// The server grants no session below two ticks, so tickTime ≤ T/2, and the above is s + 2T/3 at the earliest. Where
// checks have not come steadily, as with the first lock after an idle hour, trust is shorter, by what the same argument
// yields from the requests and pings that were answered; internal/lease/reach.go has it in full. A leader that loses
// its quorum commits nothing more, and a new leader starts the clock of every session afresh. What follows: while the
// ensemble has no working leader, nothing can be proved, and after 2T/3 nobody leads.
//
// That bound leaves a margin of T/4 − tickTime/2 between the end of trust and the earliest moment at which another
// instance can lead: nothing with a session of two ticks, T/12 with three, which is ZooKeeper's default tick and Burrow's
// timeout. Nearly always it is T/3 and more, because servers round up and ping in time. Work that must not overlap with
// another's asks Valid before every action, and does not count on the margin. The end of a term by Resign, by the end of
// Lead's context and by Stop is another matter: there the lock is released when work has returned.
//
// # Locks
//
// The recipe is ZooKeeper's own: an ephemeral sequential node each, the lowest holds. Everyone watches its own node, the
// one before, and the one before that, whose end says that it is next: who is next keeps its trust fresh, so that nothing
// has to be asked when its turn comes. All watches are set anew on every connection, because what happened while there was
// none may never be told. The names are those of go-zookeeper's Lock and Curator's mutex, so they exclude each other. What
// it does where others are known to fail is told by the tests in defects_test.go.
//
// # Goroutines
//
// A Coordinator runs an event loop, the only place where the state changes; the client library's goroutines; one that
// proves the session; one for each server that is being asked for the session; one for each lock held, which watches its
// node; and one for each lock node that is still to be deleted. Stop waits for all of them. Unless a method says otherwise it
// may be called from any goroutine.
package zookeeper
