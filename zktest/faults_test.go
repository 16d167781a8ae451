package zktest

import (
	"context"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"
)

func TestSessionsExpireOnTheGrid(t *testing.T) {
	var earliest, latest time.Duration = time.Hour, 0
	each(t, 40, nil, func(t *testing.T, s *Server) {
		c := s.Client("c")
		p := attach(t, s.Member(1), c.Dial, 5*time.Second, nil)
		if err := p.create("/e", 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(s.opt.seed) * 113 * time.Millisecond)
		if err := p.ping(); err != nil {
			t.Fatal(err)
		}
		heard := time.Now()
		c.Cut()
		eventually(t, 20*time.Second, "the node is gone", func() bool { _, ok := s.Node("/e"); return !ok })
		took := time.Since(heard)
		earliest, latest = min(earliest, took), max(latest, took)
		if took < 5*time.Second-time.Millisecond || took > 7*time.Second+2*time.Millisecond {
			t.Errorf("expired after %v", took)
		}
		c.Heal()
		if again := attach(t, s.Member(1), c.Dial, 5*time.Second, p); again.session != 0 {
			t.Error("an expired session was taken up")
		}
	})
	if latest-earliest < time.Second {
		t.Errorf("always after %v to %v: the grid's phase does not vary", earliest, latest)
	}
}

func TestFaultsOfOneClient(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, s *Server, c *Client, p, bystander *peer){
		"cut": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.Cut()
			if err := p.ping(); !errors.Is(err, errSilent) {
				t.Errorf("ping: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.Dial(ctx, "tcp", s.Addr()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("dial through a cut: %v", err)
			}
			go func() { time.Sleep(time.Second); c.Heal() }()
			again := attach(t, s.Member(1), c.Dial, 10*time.Second, nil) // waits for Heal
			if err := again.ping(); err != nil {
				t.Errorf("ping after Heal: %v", err)
			}
			if _, _, err := p.await(time.Second); err != nil {
				t.Errorf("the answer to the ping that was cut: %v", err)
			}
		},
		"a close does not get through a cut": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.Cut()
			s.ExpireSession(p.session)
			if _, err := p.receive(time.Second); !errors.Is(err, errSilent) {
				t.Errorf("receive: %v", err)
			}
			c.Heal()
			if _, err := p.receive(time.Second); err != io.EOF {
				t.Errorf("receive after Heal: %v", err)
			}
		},
		"freeze": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.Freeze()
			if _, err := c.Dial(t.Context(), "tcp", s.Addr()); err != nil {
				t.Errorf("dial: %v", err)
			}
			if err := p.ping(); !errors.Is(err, errSilent) {
				t.Errorf("ping: %v", err)
			}
			c.Thaw()
			if _, _, err := p.await(time.Second); err != nil {
				t.Errorf("the answer after Thaw: %v", err)
			}
		},
		"mute": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.Mute()
			if err := p.ping(); err != nil {
				t.Errorf("ping on an established connection: %v", err)
			}
			if _, err := tryAttach(t, s.Member(1), c.Dial, 10*time.Second, nil); !errors.Is(err, errSilent) {
				t.Errorf("handshake: %v", err)
			}
			c.Unmute()
			attach(t, s.Member(1), c.Dial, 10*time.Second, nil)
			if n := len(s.Sessions()); n != 3 {
				t.Errorf("%d sessions, want 3: a muted handshake opens none", n)
			}
		},
		"delay": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.Delay(300 * time.Millisecond)
			start := time.Now()
			if err := p.ping(); err != nil || time.Since(start) < 300*time.Millisecond {
				t.Errorf("ping after %v: %v", time.Since(start), err)
			}
			p.send(OpPing, nil)
			time.Sleep(time.Millisecond) // it has been answered, the answer is held back
			c.Delay(0)
			p.send(OpExists, func(e *encoder) { e.string("/"); e.bool(false) })
			if _, d, err := p.await(time.Second); err != nil || len(d.buf) != 0 {
				t.Errorf("the ping's answer was overtaken: %v", err)
			}
		},
		"drop": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.DropConnections()
			if _, err := p.receive(time.Second); err != io.EOF {
				t.Errorf("receive: %v", err)
			}
			if again := attach(t, s.Member(1), c.Dial, 10*time.Second, p); again.session != p.session {
				t.Error("the session is gone")
			}
		},
		"reset": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.ResetConnections()
			if _, err := p.receive(time.Second); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("receive: %v", err)
			}
		},
		"lost reply": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			lost := c.LoseNextReply(OpCreate)
			if err := p.create("/x", 1); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("create: %v", err)
			}
			<-lost
			if _, ok := s.Node("/x"); !ok {
				t.Error("it was not executed")
			}
		},
		"lost handshake": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			lost := c.LoseNextReply(OpConnect)
			if _, err := tryAttach(t, s.Member(1), c.Dial, 10*time.Second, nil); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("handshake: %v", err)
			}
			<-lost
			if n := len(s.Sessions()); n != 3 {
				t.Errorf("%d sessions, want 3", n)
			}
		},
		"failure": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			failed := c.FailNext(OpCreate, NoAuth)
			if err := p.create("/x", 0); !errors.Is(err, NoAuth) {
				t.Errorf("create: %v", err)
			}
			<-failed
			if err := p.create("/x", 0); err != nil {
				t.Errorf("second create: %v", err)
			}
		},
		"failed handshake": func(t *testing.T, s *Server, c *Client, p, _ *peer) {
			c.FailNext(OpConnect, SessionExpired)
			if again := attach(t, s.Member(1), c.Dial, 10*time.Second, p); again.session != 0 {
				t.Error("the session was taken up")
			}
			c.FailNext(OpConnect, ConnectionLoss)
			if _, err := tryAttach(t, s.Member(1), c.Dial, 10*time.Second, p); err != io.EOF {
				t.Errorf("handshake: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, 3, nil, func(t *testing.T, s *Server) {
				c := s.Client("victim")
				p := attach(t, s.Member(1), c.Dial, 10*time.Second, nil)
				bystander := attach(t, s.Member(1), s.Client("bystander").Dial, 10*time.Second, nil)
				run(t, s, c, p, bystander)
				if err := bystander.create("/bystander", 0); err != nil {
					t.Errorf("the bystander is hurt: %v", err)
				}
				if err := bystander.ping(); err != nil {
					t.Errorf("the bystander is hurt: %v", err)
				}
			})
		})
	}
}

func TestAFrozenLeader(t *testing.T) {
	for name, c := range map[string]struct {
		frozen  time.Duration
		deposed bool
	}{
		"for a moment": {3200 * time.Millisecond, false},
		"for too long": {25 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, 20, three, func(t *testing.T, s *Server) {
				old, f := s.Leader(), s.followers()[0]
				p := attach(t, old, s.Dial, 40*time.Second, nil)
				q := attach(t, f, s.Dial, 40*time.Second, nil)
				old.Freeze()
				if err := p.ping(); !errors.Is(err, errSilent) {
					t.Errorf("ping: %v", err)
				}
				if err := q.create("/x", 0); !errors.Is(err, errSilent) {
					t.Errorf("create at a follower: %v", err)
				}
				time.Sleep(c.frozen - 2*time.Second)
				if deposed := s.Leader() != old; deposed != c.deposed {
					t.Fatalf("deposed: %t", deposed)
				}
				if c.deposed {
					r := attach(t, s.Leader(), s.Dial, 40*time.Second, nil)
					if err := r.create("/later", 0); err != nil {
						t.Errorf("create at the new leader: %v", err)
					}
				}
				old.Thaw()
				if _, _, err := p.await(time.Second); err != nil {
					t.Errorf("the answer to the ping that waited: %v", err)
				}
				if _, later := old.Node("/later"); later {
					t.Error("it knows what it cannot")
				}
				if !c.deposed {
					eventually(t, time.Second, "the create goes through", func() bool { _, ok := s.Node("/x"); return ok })
					return
				}
				if took := p.dropped(5 * time.Second); took > 2*time.Second+50*time.Millisecond {
					t.Errorf("a leader that has been deposed serves for another %v", took)
				}
				eventually(t, 2*time.Second, "it follows", func() bool { return old.Role() == "follower" })
			})
		})
	}
}

func TestASessionMoves(t *testing.T) {
	each(t, 3, three, func(t *testing.T, s *Server) {
		f := s.followers()
		p := attach(t, f[0], s.Dial, 10*time.Second, nil)
		if err := p.create("/x", 1); err != nil {
			t.Fatal(err)
		}
		q := attach(t, f[1], s.Dial, 10*time.Second, p)
		if q.session != p.session {
			t.Fatal("the session was not taken up")
		}
		if err := p.ping(); err != nil {
			t.Errorf("ping on the connection left behind: %v", err)
		}
		if err := p.create("/y", 1); err != io.EOF {
			t.Errorf("create on the connection left behind: %v", err)
		}
		if err := q.create("/y", 1); err != nil {
			t.Errorf("create on the new connection: %v", err)
		}
	})
}

func TestContainersAndTTLsAreReaped(t *testing.T) {
	each(t, 3, three, func(t *testing.T, s *Server) {
		p := attach(t, s.Leader(), s.Dial, 40*time.Second, nil)
		body := func(path string, flags int32, ttl int64) func(*encoder) {
			return func(e *encoder) {
				e.string(path)
				e.buffer(nil)
				e.acls(worldACL)
				e.int32(flags)
				if ttl > 0 {
					e.int64(ttl)
				}
			}
		}
		for _, err := range []error{
			second(p.call(OpCreateContainer, body("/used", 4, 0))),
			second(p.call(OpCreateContainer, body("/unused", 4, 0))),
			second(p.call(OpCreateTTL, body("/short", 5, 90_000))),
			second(p.call(OpCreateTTL, body("/long", 5, 3_600_000))),
			second(p.call(OpCreateTTL, body("/parent", 5, 1))),
			p.create("/parent/child", 0),
			p.create("/used/child", 0),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		there := func(path string) bool { _, ok := s.Node(path); return ok }
		time.Sleep(70 * time.Second)
		if !there("/used") || !there("/unused") || !there("/short") {
			t.Error("reaped too early")
		}
		if err := s.Delete("/used/child"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Second)
		if there("/used") || there("/short") {
			t.Error("not reaped")
		}
		if !there("/unused") || !there("/long") || !there("/parent") {
			t.Error("reaped what is to stay")
		}
	})
}

func second[T any](_ T, err error) error { return err }
