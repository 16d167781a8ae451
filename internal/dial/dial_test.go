package dial

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/hosts"
)

// blocked is a dial that only its context ends.
func blocked(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func TestDialLimit(t *testing.T) {
	for _, timeout := range []time.Duration{600 * time.Millisecond, T, 40 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			d := piped(t, Options{Timeout: timeout, Dial: blocked}, nil)
			begun := time.Now()
			_, err := ask(d, "zk1.example:2181", 0)
			if took := time.Since(begun); took != timeout/6 || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("of %v: ended after %v: %v", timeout, took, err)
			}
			if errs := d.opts.Hosts.LastErrors(); len(errs) != 1 || !errors.Is(errs[0], context.DeadlineExceeded) {
				t.Errorf("of %v: errors noted: %v", timeout, errs)
			}
		})
	}
}

// TestServersTakeTurns: each at once, until every one has been tried.
func TestServersTakeTurns(t *testing.T) {
	refused := errors.New("refused")
	names := []string{"zk1.example:2181", "zk2.example:2181", "zk3.example:2181"}
	synctest.Test(t, func(t *testing.T) {
		var dialled []string
		d := piped(t, Options{Hosts: hosts.New(names), Dial: func(_ context.Context, network, server string) (net.Conn, error) {
			if network != "tcp" {
				t.Errorf("network %q", network)
			}
			dialled = append(dialled, server)
			return nil, refused
		}}, nil)
		begun := time.Now()
		for range d.Len() {
			server, pause := d.Next()
			if _, err := ask(d, server, 0); !errors.Is(err, refused) || pause {
				t.Errorf("dial %s: %v, pause %t", server, err, pause)
			}
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("trying every server once took %v", took)
		}
		server, _ := d.Next()
		ask(d, server, 0)
		if took := time.Since(begun); took < hosts.FirstBackoff/2 || took > hosts.FirstBackoff {
			t.Errorf("the second round began after %v", took)
		}
		if slices.Sort(dialled[:3]); !slices.Equal(dialled[:3], names) {
			t.Errorf("the first round was %v", dialled)
		}
		if text := d.opts.Hosts.Errors(); strings.Count(text, "refused") != 3 {
			t.Errorf("errors noted: %s", text)
		}
	})
}

// TestCloseUnblocks whatever a session that is over may be waiting for.
func TestCloseUnblocks(t *testing.T) {
	cases := map[string]func(t *testing.T) (*Dialer, func() error){
		"a dial": func(t *testing.T) (*Dialer, func() error) {
			d := piped(t, Options{Dial: blocked}, nil)
			return d, func() error {
				_, err := ask(d, "zk1.example:2181", 0)
				return err
			}
		},
		"the wait before a dial": func(t *testing.T) (*Dialer, func() error) {
			d := piped(t, Options{}, gives(T, 7))
			c := dialed(t, d)
			mustAttach(t, c, 0)
			c.Close() // too soon
			return d, func() error {
				_, err := ask(d, "zk1.example:2181", 0)
				return err
			}
		},
		"a handshake": func(t *testing.T) (*Dialer, func() error) {
			d := piped(t, Options{}, mute)
			c := dialed(t, d)
			return d, func() error {
				_, err := attach(c, 0)
				return err
			}
		},
		"a read": func(t *testing.T) (*Dialer, func() error) {
			d := piped(t, Options{}, gives(T, 7))
			c := dialed(t, d)
			mustAttach(t, c, 0)
			return d, func() error {
				_, err := c.Read(make([]byte, 1))
				return err
			}
		},
	}
	for name, begin := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, wait := begin(t)
				ended := make(chan error, 1)
				go func() { ended <- wait() }()
				synctest.Wait() // until it is blocked
				begun := time.Now()
				d.Close()
				if err := <-ended; err == nil || time.Since(begun) != 0 {
					t.Errorf("it ended after %v: %v", time.Since(begun), err)
				}
				if _, err := d.Dial("tcp", "zk1.example:2181", time.Second); !errors.Is(err, ErrClosed) {
					t.Errorf("a later dial says %v", err)
				}
				if _, pause := d.Next(); !pause {
					t.Error("Next does not let the client library rest")
				}
				d.Close()
			})
		})
	}
}

// TestCloseDuringDial: a connection that comes too late is dropped, also if the dial takes no notice of its context.
func TestCloseDuringDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var peer net.Conn
		d := piped(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Second / 2)
			client, server := net.Pipe()
			peer = server
			return client, nil
		}}, nil)
		time.AfterFunc(time.Second/4, d.Close)
		if _, err := ask(d, "zk1.example:2181", 0); !errors.Is(err, ErrClosed) {
			t.Errorf("the error is %v", err)
		}
		if got := next(peer); got != nil {
			t.Errorf("the connection is alive: %q", got)
		}
		if errs := d.opts.Hosts.LastErrors(); len(errs) != 0 {
			t.Errorf("errors noted: %v", errs)
		}
	})
}

// TestDialDropsThePreviousConnection, which the client library leaves open where it was told of an expiry.
func TestDialDropsThePreviousConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan string, 2)
		d := piped(t, Options{}, func(_ string, c net.Conn) {
			gives(T, 7)("", c)
			ended <- "connection"
		})
		mustAttach(t, dialed(t, d), 0)
		synctest.Wait()
		if len(ended) != 0 {
			t.Fatal("the connection ended by itself")
		}
		second := dialed(t, d)
		synctest.Wait()
		if len(ended) != 1 {
			t.Errorf("%d connections ended, want the first", len(ended))
		}
		mustAttach(t, second, 7)
	})
}
