package secure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// subject is a coordinator with credentials whose connections are cut. Mostly it leads something.
type subject struct {
	*zookeeper.Coordinator
	*scissors
	leadership *zookeeper.Leadership // may be nil
	private    string                // a node that only the credential opens
	session    context.Context
}

func newSubject(t *testing.T, c zookeeper.Config, s *scissors) *subject {
	t.Helper()
	c.Dial = s.dial
	zc := &zookeeper.Coordinator{Config: c, Log: written.logger()}
	zc.Configure()
	if err := zc.Start(); err != nil {
		t.Fatal(err)
	}
	u := &subject{Coordinator: zc, scissors: s, private: c.RootPath + "/private-" + c.ID}
	t.Cleanup(func() {
		if err := u.Stop(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if u.session, err = u.App.Session(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := u.App.Zookeeper.Create(u.private, []byte("private"), 0, c.ACL); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *subject) lead() (err error) {
	u.leadership, err = u.App.Campaign(context.Background(), "led-by-"+u.Config.ID)
	return err
}

// survives breaks the connection, and waits for another one on which the server shows what the credential opens. It
// returns how long that took, and whether session and leadership were kept; if not, both are had anew.
func (u *subject) survives(how func()) (took time.Duration, kept bool, err error) {
	before, begun := u.connections(), time.Now()
	how()
	var data []byte
	var problem error
	err = within(2*T, "the credential opens the node again", func() bool {
		if stats := u.Stats(); stats.Reconnects+stats.Sessions == before || stats.State != zookeeper.Connected {
			return false
		}
		data, _, problem = u.App.Zookeeper.Get(u.private)
		return problem == nil || errors.Is(problem, zk.ErrNoAuth)
	})
	took = time.Since(begun)
	if err != nil || problem != nil || string(data) != "private" {
		return took, false, fmt.Errorf("the credential opens nothing: %q, %v, %v", data, problem, err)
	}
	if u.session.Err() != nil || u.leadership != nil && u.leadership.Context().Err() != nil {
		if u.session, err = u.App.Session(context.Background()); err == nil && u.leadership != nil {
			err = u.lead()
		}
		return took, false, err
	}
	if u.leadership == nil {
		return took, true, nil
	}
	// So that each break is the only one.
	return took, true, within(T, "trust is as good as before", func() bool {
		return time.Until(u.leadership.Deadline()) > T/2 || u.leadership.Context().Err() != nil
	})
}

func (u *subject) connections() int {
	stats := u.Stats()
	return stats.Reconnects + stats.Sessions
}

// bound is how long a connection that is cut in its handshake may hold up a coordinator: the waits before two dials, and
// the limits of dial and handshake.
const bound = 2*300*time.Millisecond + T/6 + T/6

// cuts are those after so many bytes in either direction, one in every so many.
func cuts(written, read, every int, how ...manner) (all []cut) {
	for _, how := range how {
		for at := 0; at < written; at += every {
			all = append(all, cut{false, at, how})
		}
		for at := 0; at < read; at += every {
			all = append(all, cut{true, at, how})
		}
	}
	return all
}

// handshakeCuts are all that there are without TLS, in a handshake with the credential of these tests: the lengths are
// those of ConnectRequest and AuthPacket, ConnectResponse and ReplyHeader (zookeeper.jute), each behind its own.
func handshakeCuts() []cut {
	auth := digestAuth[0]
	written, read := 4+44+4+20+len(auth.Scheme)+len(auth.Credential), 4+37+4+16
	return cuts(written, read, 1, reset, lost, stuck)
}

// virtually has a server in virtual time, and what it takes to reach it.
func virtually(t *testing.T, test func(t *testing.T, c zookeeper.Config, s *scissors)) {
	synctest.Test(t, func(t *testing.T) {
		srv := zktest.RunT(t, zktest.InMemory())
		test(t, zookeeper.Config{
			Servers: []string{srv.Addr()}, RootPath: "/virtual", SessionTimeout: T, ID: "a",
			Auth: digestAuth, ACL: zk.DigestACL(zk.PermAll, user, password),
		}, &scissors{dialer: srv.Dial})
	})
}

// TestCutAnywhere: wherever the handshake of a session that moves is cut, and however, it is over in time, and the next
// connection is as good as the one before.
func TestCutAnywhere(t *testing.T) {
	virtually(t, func(t *testing.T, c zookeeper.Config, s *scissors) {
		u := newSubject(t, c, s)
		if err := u.lead(); err != nil {
			t.Fatal(err)
		}
		var longest time.Duration
		for _, cut := range handshakeCuts() {
			_, _, before := s.counts()
			took, kept, err := u.survives(func() { s.cutNext(cut) })
			if err != nil || !kept {
				t.Fatalf("%v: kept: %v, %v", cut, kept, err)
			}
			if longest = max(longest, took); took > bound {
				t.Errorf("%v: it took %v", cut, took)
			}
			if _, _, dials := s.counts(); dials != before+2 {
				t.Errorf("%v: %d connections, not the cut one and another", cut, dials-before)
			}
		}
		t.Logf("%d cuts, the longest held up for %v", len(handshakeCuts()), longest)
	})
}

// TestCutAnywhereAtFirst: so it is with the first connection of a session that is not there yet.
func TestCutAnywhereAtFirst(t *testing.T) {
	virtually(t, func(t *testing.T, c zookeeper.Config, s *scissors) {
		c.Dial = s.dial
		for _, cut := range handshakeCuts() {
			s.cutFirst(cut)
			zc := &zookeeper.Coordinator{Config: c, Log: written.logger()}
			zc.Configure()
			begun := time.Now()
			if err := zc.Start(); err != nil {
				t.Fatalf("%v: %v", cut, err)
			}
			if took := time.Since(begun); took > bound+T/3 { // a new session waits for a commit
				t.Errorf("%v: it took %v", cut, took)
			}
			if err := zc.Stop(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTimeIsKept: Start fails at its limit, to two milliseconds, whatever there is to be stopped then.
func TestTimeIsKept(t *testing.T) {
	virtually(t, func(t *testing.T, c zookeeper.Config, s *scissors) {
		for what, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
			"refused": func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED },
			"silent": func(ctx context.Context, network, address string) (net.Conn, error) {
				s.cutFirst(cut{how: lost})
				return s.dial(ctx, network, address)
			},
			"cut in the credential": func(ctx context.Context, network, address string) (net.Conn, error) {
				s.cutFirst(cut{after: 4 + 44 + 10, how: stuck})
				return s.dial(ctx, network, address)
			},
		} {
			c.Dial, c.ConnectTimeout = dial, 10*time.Second
			zc := &zookeeper.Coordinator{Config: c, Log: written.logger()}
			zc.Configure()
			begun := time.Now()
			err := zc.Start()
			if late := time.Since(begun) - c.ConnectTimeout; !errors.Is(err, zookeeper.ErrConnectTimeout) || late > 2*time.Millisecond {
				t.Errorf("%s: %v after the limit: %v", what, late, err)
			}
		}
	})
}

// subjects on a real server, so many, that share the work.
func subjects(t *testing.T, n int, c zookeeper.Config) []*subject {
	t.Helper()
	all := make([]*subject, n)
	for i := range all {
		c.ID = fmt.Sprint(i)
		all[i] = newSubject(t, c, &scissors{dialer: via(c.Servers[0])})
		if err := all[i].lead(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// tally of what was done to subjects.
type tally struct {
	longest time.Duration
	lost    int // sessions and leaderships
}

// share does jobs on subjects, each on the next that is free.
func share[J any](t *testing.T, all []*subject, jobs []J, do func(*subject, J) (time.Duration, bool, error)) (sum tally) {
	queue := make(chan J, len(jobs))
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	var (
		mu      sync.Mutex
		workers sync.WaitGroup
	)
	for _, u := range all {
		workers.Go(func() {
			for job := range queue {
				took, kept, err := do(u, job)
				if err != nil {
					t.Errorf("%v: %v", job, err)
					return
				}
				mu.Lock()
				sum.longest = max(sum.longest, took)
				if !kept {
					sum.lost++
					t.Logf("%v: session or leadership lost", job)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if sum.lost > len(jobs)/20 { // on a machine that does nothing else, none
		t.Errorf("%d of %d times session or leadership was lost", sum.lost, len(jobs))
	}
	return sum
}

// TestCutAnywhereReal: and so it is on a real server, without TLS and with, where the handshake of TLS is cut as well.
func TestCutAnywhereReal(t *testing.T) {
	beside(t)
	srv := server(t)
	every, crowd := 211, 4
	if *full {
		every, crowd = 1, 16
	}
	plain, older, newer := config(t, srv), config(t, srv), config(t, srv)
	plain.Servers, plain.TLS = []string{srv.Addr()}, nil
	older.TLS = clientTLS(tls.VersionTLS12)
	var rows table
	t.Run("all", func(t *testing.T) {
		for name, c := range map[string]zookeeper.Config{"without TLS": plain, "TLS 1.2": older, "TLS 1.3": newer} {
			row := rows.row(name)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				all := subjects(t, crowd, c)
				jobs := sparse(handshakeCuts(), every)
				if c.TLS != nil {
					written, read := securely(t, all[0])
					// Silence costs a second each, and is the same wherever it begins: every few bytes must do.
					jobs = append(cuts(written, read, every, reset), cuts(written, read, 13*every, lost, stuck)...)
				}
				sum := share(t, all, jobs, func(u *subject, c cut) (time.Duration, bool, error) {
					return u.survives(func() { u.cutNext(c) })
				})
				row.took, row.text = sum.longest, fmt.Sprintf("%d cuts, session or leadership lost in %d", len(jobs), sum.lost)
			})
		}
	})
	rows.print("Connections cut at every byte of the handshake, and how long the longest was a hold-up")
}

func sparse(all []cut, every int) (some []cut) {
	for i := 0; i < len(all); i += every {
		some = append(some, all[i])
	}
	return some
}

// securely is how many bytes go to and fro until a session is attached by TLS, and its first request is answered.
func securely(t *testing.T, u *subject) (written, read int) {
	t.Helper()
	if _, _, err := u.survives(u.reset); err != nil {
		t.Fatal(err)
	}
	written, read, _ = u.counts()
	return written, read
}
