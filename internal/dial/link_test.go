package dial

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/hosts"
)

func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		d := piped(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(300 * time.Millisecond)
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				next(server)
				time.Sleep(700 * time.Millisecond)
				server.Write(connectResponse(4*time.Second, -5)) // a session id has all 64 bits
				<-end
			}()
			return client, nil
		}}, nil)
		defer close(end)
		if got := d.Link(); got != (Link{}) {
			t.Errorf("before the first connection the link is %+v", got)
		}
		d.Link().Kick(false) // harmless

		begun := time.Now()
		c := dialed(t, d)
		if got := d.Link(); got != (Link{}) {
			t.Errorf("before the handshake the link is %+v", got)
		}
		mustAttach(t, c, 0)
		time.Sleep(time.Hour)
		got := d.Link()
		got.conn = nil
		want := Link{
			Server: "zk1.example:2181", SessionID: -5, Timeout: 4 * time.Second,
			Dialed: begun, Up: begun.Add(time.Second),
		}
		if got != want {
			t.Errorf("the link is\n%+v, want\n%+v", got, want)
		}
	})
}

// TestShunnedServerComesLast, and the link says that it was shunned.
func TestShunnedServerComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var servers course
		d := servers.dialer(t, gives(T, 7))
		mustAttach(t, dialed(t, d), 0)
		left := d.Link()
		left.Kick(true)
		for range 5 {
			mustAttach(t, dialed(t, d), 7)
			if link := d.Link(); link.Server == left.Server || link.Shunned {
				t.Errorf("after %s came %+v", left.Server, link)
			}
		}
		time.Sleep(T / 12)
		for range 2 { // and now the others
			d.Link().Kick(true)
			mustAttach(t, dialed(t, d), 7)
		}
		if link := d.Link(); link.Server != left.Server || !link.Shunned {
			t.Errorf("%s was shunned, then came %+v", left.Server, link)
		}
	})
}

// TestKick drops the connection that was judged, and not one that has come meanwhile.
func TestKick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{}, gives(T, 7))
		c := dialed(t, d)
		mustAttach(t, c, 0)
		first := d.Link()
		if err := ping(c); err != nil {
			t.Fatal(err)
		}
		first.Kick(false)
		if err := ping(c); err == nil {
			t.Error("the connection outlived its kick")
		}
		c.Close()

		c = dialed(t, d)
		mustAttach(t, c, 7)
		first.Kick(false)
		if err := ping(c); err != nil {
			t.Errorf("a late kick dropped a later connection: %v", err)
		}
		d.Link().Kick(false)
		if err := ping(c); err == nil {
			t.Error("the second connection outlived its kick")
		}
	})
}

// TestWhatMakesAConnectionGood: to live for T/6 with a session. Before that, a server that accepts and drops
// connections would be dialled in a tight loop.
func TestWhatMakesAConnectionGood(t *testing.T) {
	const negotiated = 3 * time.Second
	cases := []struct {
		name  string
		serve func(string, net.Conn)
		lives time.Duration
		good  bool
	}{
		{"long enough", gives(negotiated, 7), negotiated / 6, true},
		{"not long enough", gives(negotiated, 7), negotiated/6 - 1, false},
		{"without a session", mute, 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := hosts.New([]string{"zk1.example:2181"})
				d := piped(t, Options{Hosts: h}, c.serve)
				conn := dialed(t, d)
				attach(conn, 0)
				time.Sleep(c.lives)
				conn.Close()
				conn.Close() // the client library does
				begun := time.Now()
				if err := h.Wait(t.Context(), "zk1.example:2181"); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(begun); c.good != (waited == 0) {
					t.Errorf("the next dial waits %v", waited)
				}
			})
		})
	}
}
