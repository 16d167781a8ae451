package zktest_test

import (
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/zktest"
)

// A session is expired from outside; its client finds out, and so does the code that uses it.
func Example() {
	s, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer s.Close()

	conn, events, err := zk.Connect([]string{s.Addr()}, 10*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		panic(err)
	}
	await(events, zk.StateHasSession)
	_, err = conn.Create("/lock", nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
	fmt.Println("created:", err)

	s.ExpireSession(conn.SessionID())
	await(events, zk.StateExpired)
	_, held := s.Node("/lock")
	fmt.Println("still held:", held)
	conn.Close()
	// Output:
	// created: <nil>
	// still held: false
}

// The follower that a client is connected to is cut off from its leader, and does not tell.
func ExampleMember_Isolate() {
	s, err := zktest.Start(zktest.Members(3))
	if err != nil {
		panic(err)
	}
	defer s.Close()
	follower := s.Member(1)
	if follower == s.Leader() {
		follower = s.Member(2)
	}
	here, there := dial(follower.Addr()), dial(s.Leader().Addr())
	defer here.Close()
	defer there.Close()

	follower.Isolate()
	_, err = there.Create("/news", nil, 0, zk.WorldACL(zk.PermAll))
	fmt.Println("created at the leader:", err)
	found, _, err := here.Exists("/news")
	fmt.Println("known to the follower:", found, err)
	s.Heal()
	_, err = here.Sync("/")
	fmt.Println("sync once it is back:", err)
	found, _, err = here.Exists("/news")
	fmt.Println("known to the follower:", found, err)
	// Output:
	// created at the leader: <nil>
	// known to the follower: false <nil>
	// sync once it is back: <nil>
	// known to the follower: true <nil>
}

// dial connects to one server and waits for a session.
func dial(addr string) *zk.Conn {
	conn, events, err := zk.Connect([]string{addr}, 10*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		panic(err)
	}
	await(events, zk.StateHasSession)
	return conn
}

// await reads events until the session has reached a state.
func await(events <-chan zk.Event, state zk.State) {
	for e := range events {
		if e.Type == zk.EventSession && e.State == state {
			return
		}
	}
}

// silent is a logger that logs nothing.
type silent struct{}

func (silent) Printf(string, ...any) {}
