package zktest_test

import (
	"errors"
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

// A server is killed, and comes back with its data and at its address. Its clients' sessions live on meanwhile.
func ExampleMember_Stop() {
	s, err := zktest.Start(zktest.Members(3))
	if err != nil {
		panic(err)
	}
	defer s.Close()
	victim := s.Member(1)
	if victim == s.Leader() {
		victim = s.Member(2)
	}
	victim.Stop()
	fmt.Println(victim.Role())
	fmt.Println("written meanwhile:", s.Create("/news", nil))
	fmt.Println("restarted:", victim.Restart())
	conn := dial(victim.Addr())
	defer conn.Close()
	found, _, err := conn.Exists("/news")
	fmt.Println("caught up:", found, err)
	// Output:
	// stopped
	// written meanwhile: <nil>
	// restarted: <nil>
	// caught up: true <nil>
}

// The answer to a create is lost: the client cannot know that the node is there.
func ExampleFaults_LoseNextReply() {
	s, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer s.Close()
	conn := dial(s.Addr())
	defer conn.Close()

	lost := s.LoseNextReply(zktest.OpCreate)
	_, err = conn.Create("/lock", nil, 0, zk.WorldACL(zk.PermAll))
	<-lost
	_, found := s.Node("/lock")
	fmt.Println("there:", found, "known to the client:", err == nil)
	// Output: there: true known to the client: false
}

// A request is refused without being executed, and counted.
func ExampleFaults_FailNext() {
	s, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer s.Close()
	conn := dial(s.Addr())
	defer conn.Close()

	s.FailNext(zktest.OpSetData, zktest.BadVersion)
	_, err = conn.Set("/", nil, -1)
	fmt.Println(err)
	_, err = conn.Set("/", nil, -1)
	fmt.Println(err)
	fmt.Println("requests:", s.Requests(zktest.OpSetData))
	// Output:
	// zk: version conflict
	// <nil>
	// requests: 2
}

// The network of one client is cut. Its connections are told apart by the dialer they were made with.
func ExampleClient() {
	s, err := zktest.Start(zktest.InMemory()) // no sockets: what a synctest bubble needs
	if err != nil {
		panic(err)
	}
	defer s.Close()
	a := s.Client("a")
	conn, events, err := zk.Connect(s.Addrs(), 10*time.Second, zk.WithDialer(a.DialTimeout), zk.WithLogger(silent{}))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	await(events, zk.StateHasSession)

	a.Cut()
	read := make(chan error)
	go func() { _, _, err := conn.Get("/"); read <- err }()
	select {
	case err := <-read:
		fmt.Println("read:", err)
	case <-time.After(50 * time.Millisecond):
		fmt.Println("no answer")
	}
	a.Heal()
	fmt.Println("read:", <-read)
	fmt.Println("sessions of", s.Sessions()[0].Client)
	// Output:
	// no answer
	// read: <nil>
	// sessions of a
}

// What the server has can be seen and changed without a client.
func ExampleServer_Node() {
	s, err := zktest.Start()
	if err != nil {
		panic(err)
	}
	defer s.Close()
	fmt.Println(s.Create("/burrow/notifier", []byte("hello")))
	node, found := s.Node("/burrow/notifier")
	fmt.Printf("%v %s\n", found, node.Data)
	fmt.Println("refused:", errors.Is(s.Delete("/burrow"), zktest.NotEmpty))
	fmt.Println(s.Delete("/burrow/notifier"))
	// Output:
	// <nil>
	// true hello
	// refused: true
	// <nil>
}
