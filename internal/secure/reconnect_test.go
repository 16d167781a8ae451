package secure

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// times of forced reconnects.
const times = 1000

// nth is the number of a reconnect.
type nth int

func (n nth) String() string { return fmt.Sprintf("reconnect %d", int(n)) }

func numbers(n int) []nth {
	all := make([]nth, n)
	for i := range all {
		all[i] = nth(i + 1)
	}
	return all
}

// TestReconnects: after each of a thousand the credential opens what it should.
func TestReconnects(t *testing.T) {
	virtually(t, func(t *testing.T, c zookeeper.Config, s *scissors) {
		u := newSubject(t, c, s)
		if err := u.lead(); err != nil {
			t.Fatal(err)
		}
		chance := rand.New(rand.NewPCG(1, 1))
		for _, n := range numbers(times) {
			if took, kept, err := u.survives(s.reset); err != nil || !kept || took > bound {
				t.Fatalf("%v took %v, kept: %v, %v", n, took, kept, err)
			}
			time.Sleep(time.Duration(chance.Int64N(int64(T / 3)))) // virtual: a connection is reset young or old
		}
		if got := u.Stats(); got.Reconnects != times || got.Sessions != 1 {
			t.Errorf("%d reconnects and %d sessions", got.Reconnects, got.Sessions)
		}
	})
}

// TestReconnectsReal: and so it is on a real server with TLS, client certificates and digests.
func TestReconnectsReal(t *testing.T) {
	beside(t)
	srv := server(t)
	n, crowd := 48, 8
	if *full {
		n, crowd = times, 20
	}
	all := subjects(t, crowd, config(t, srv))
	sum := share(t, all, numbers(n), func(u *subject, _ nth) (time.Duration, bool, error) { return u.survives(u.reset) })
	reconnects := 0
	for _, u := range all {
		reconnects += u.connections() - 1 // less the first session
	}
	if reconnects < n {
		t.Errorf("%d reconnects, not %d", reconnects, n)
	}
	var rows table
	row := rows.row("TLS 1.3, client certificates, digest")
	row.took, row.text = sum.longest, fmt.Sprintf("%d reconnects, session or leadership lost in %d", reconnects, sum.lost)
	rows.print("Forced reconnects with credentials, and how long the longest took")
}

// resent is what go-zookeeper logs when it re-sends credentials of its own; ours it has never heard of.
const resent = "re-submitting `"

func resentNone(text string) error {
	if none, all := strings.Count(text, resent+"0` credentials"), strings.Count(text, resent); none != all {
		return fmt.Errorf("go-zookeeper re-sent credentials itself %d times of %d", all-none, all)
	}
	return nil
}

// alone is set in the process that has go-zookeeper do by itself what TestCutAnywhere has it spared.
const alone = "SECURE_TEST_ALONE"

// TestGoZookeeperAlone gets stuck for ever where a write fails as it re-sends a credential: that is what makes the cuts
// above the right ones. It can only be watched from outside, for it cannot be stopped.
func TestGoZookeeperAlone(t *testing.T) {
	if os.Getenv(alone) != "" {
		stick(t)
		return
	}
	beside(t)
	child := exec.Command(os.Args[0], "-test.run", "^TestGoZookeeperAlone$")
	child.Env = append(os.Environ(), alone+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "no connection any more") {
		t.Errorf("%v: %s", err, out)
	}
}

func stick(t *testing.T) {
	srv, err := zktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	s := &scissors{dialer: via(srv.Addr())}
	conn, events, err := zk.Connect([]string{srv.Addr()}, T, zk.WithLogger(silent{}), zk.WithDialer(
		func(network, address string, _ time.Duration) (net.Conn, error) {
			return s.dial(t.Context(), network, address)
		}))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.AddAuth("digest", []byte(user+":"+password)); err != nil {
		t.Fatal(err)
	}
	s.cutNext(cut{after: 4 + 44 + 10, how: reset}) // in the middle of the credential
	for limit := time.After(5 * time.Second); ; {
		select {
		case ev := <-events:
			if _, _, dials := s.counts(); ev.State == zk.StateHasSession && dials > 2 {
				fmt.Println("connected again")
				os.Exit(1)
			}
		case <-limit:
			_, _, dials := s.counts()
			fmt.Printf("no connection any more, %d in all, state %v\n", dials, conn.State())
			os.Exit(0)
		}
	}
}
