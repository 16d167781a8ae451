package realzk

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// soon is long for bytes on the loopback, and what a test waits to see that nothing comes.
const soon = 150 * time.Millisecond

func TestCutHoldsBytesAndDropsAttempts(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	conn.says(t, "before", "before")
	e.proxy.Cut()
	conn.says(t, "during", "")
	e.nobodyEnters(t, dropped)
	e.proxy.Heal()
	conn.hears(t, "during")
	e.dial(t).says(t, "after", "after")
}

func TestCutHoldsTheEndOfAConnection(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	conn.says(t, "before", "before")
	e.proxy.Cut()
	conn.Close()
	select {
	case <-e.ended:
		t.Fatal("the server heard of the end through a cut")
	case <-time.After(soon):
	}
	e.proxy.Heal()
	<-e.ended
}

func TestMuteAcceptsAndHolds(t *testing.T) {
	e := newEcho(t)
	old := e.dial(t)
	e.proxy.Mute()
	old.says(t, "old one", "")
	fresh := e.dial(t)
	fresh.says(t, "fresh", "")
	e.proxy.Heal()
	old.hears(t, "old one")
	fresh.hears(t, "fresh")
}

func TestDropLosesAttemptsAlone(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	for range 2 { // Drop twice is Drop
		e.proxy.Drop()
		e.nobodyEnters(t, dropped)
		conn.says(t, "goes on", "goes on")
	}
	e.proxy.Heal()
	e.dial(t).says(t, "is in", "is in")
}

func TestDroppedAttemptSucceedsAfterHeal(t *testing.T) {
	e := newEcho(t)
	e.proxy.Drop()
	e.nobodyEnters(t, dropped)
	dialled := make(chan error, 1)
	go func() {
		c, err := net.DialTimeout("tcp", e.proxy.Addr(), 10*time.Second) // its SYN is sent again after a second
		if err == nil {
			c.Close()
		}
		dialled <- err
	}()
	select {
	case err := <-dialled:
		t.Fatalf("the dial ended while attempts were dropped: %v", err)
	case <-time.After(soon):
	}
	e.proxy.Heal()
	if err := <-dialled; err != nil {
		t.Fatal(err)
	}
}

func TestRefuseTurnsAttemptsAway(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	e.proxy.Refuse()
	e.nobodyEnters(t, refused)
	conn.says(t, "goes on", "goes on")
	e.proxy.Drop()
	e.nobodyEnters(t, dropped)
	e.proxy.Refuse()
	e.nobodyEnters(t, refused)
	e.proxy.Heal()
	e.dial(t).says(t, "is in", "is in")
}

func TestResetReachesBothSides(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	conn.says(t, "is up", "is up")
	e.proxy.Reset()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the client reads %v", err)
	}
	if err := <-e.ended; !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the server reads %v", err)
	}
	e.dial(t).says(t, "next", "next")
}

func TestStallRepliesStopsWithinAReply(t *testing.T) {
	e := newEcho(t)
	conn := e.dial(t)
	e.proxy.StallReplies(3)
	conn.says(t, "half-way", "hal")
	e.proxy.Heal()
	conn.hears(t, "f-way")
}

func TestProxyInFrontOfNothingResets(t *testing.T) {
	nowhere, err := holdPort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nowhere.release() })
	p, err := NewProxy(nowhere.addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	conn, err := net.Dial("tcp", p.Addr())
	if err == nil { // else the reset was quicker than the dial
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = conn.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the client is told: %v", err)
	}
}

// TestVerbsFromSeveralGoroutines has the race detector look, and Close wait for all that is under way.
func TestVerbsFromSeveralGoroutines(t *testing.T) {
	e := newEcho(t)
	var all sync.WaitGroup
	for _, verb := range []func(){e.proxy.Cut, e.proxy.Mute, e.proxy.Drop, e.proxy.Refuse, e.proxy.Reset, e.proxy.Heal,
		func() { e.proxy.StallReplies(1) },
		func() {
			if c, err := net.DialTimeout("tcp", e.proxy.Addr(), 5*time.Millisecond); err == nil {
				io.WriteString(c, "hello")
				c.Close()
			}
		}} {
		all.Go(func() {
			for range 30 {
				verb()
			}
		})
	}
	all.Wait()
	e.proxy.Heal()
	e.dial(t).says(t, "still there", "still there")
	e.proxy.Close()
	e.proxy.Close()
	e.proxy.Heal()
	if e.proxy.door.listener != nil {
		t.Fatal("a closed proxy listens again")
	}
}

// echo is a server that says what it hears, behind a proxy. Words are of four letters or more: to the proxy the
// first four are the length of a frame, or the sign that there are no frames.
type echo struct {
	proxy *Proxy
	ended chan error // how each connection ended
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{ended: make(chan error, 1000)}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				_, err := io.Copy(c, c)
				e.ended <- err
			})
		}
	})
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { l.Close() })
	if e.proxy, err = NewProxy(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.proxy.Close)
	return e
}

func (e *echo) dial(t *testing.T) caller {
	t.Helper()
	c, err := net.DialTimeout("tcp", e.proxy.Addr(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return caller{c}
}

// How a connection attempt ends that does not get in.
func dropped(err error) bool { return os.IsTimeout(err) }
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// nobodyEnters fails unless a connection attempt ends as it should.
func (e *echo) nobodyEnters(t *testing.T, as func(error) bool) {
	t.Helper()
	c, err := net.DialTimeout("tcp", e.proxy.Addr(), soon)
	if err == nil {
		c.Close()
		t.Fatal("got in")
	}
	if !as(err) {
		t.Fatalf("the attempt ends with: %v", err)
	}
}

type caller struct{ net.Conn }

// says sends words and fails unless exactly want comes back soon.
func (c caller) says(t *testing.T, words, want string) {
	t.Helper()
	if _, err := io.WriteString(c, words); err != nil {
		t.Fatal(err)
	}
	if want == words {
		c.hears(t, want)
		return
	}
	c.SetReadDeadline(time.Now().Add(soon))
	got, err := io.ReadAll(c)
	if !errors.Is(err, os.ErrDeadlineExceeded) || string(got) != want {
		t.Fatalf("heard %q, %v, want %q and no more", got, err, want)
	}
}

// hears waits for want.
func (c caller) hears(t *testing.T, want string) {
	t.Helper()
	got := make([]byte, len(want))
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}
