package zktest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// echo is a connection to a far end that sends everything back, in virtual time.
func echo(t *testing.T, min, max time.Duration, f func(c *memConn)) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgenda()
		c, answers := newMemConn(a, memAddr("a"), memAddr("b"), min, max, 1)
		c.out.hook = func(b []byte, end error) {
			if len(b) > 0 {
				answers.write(b)
			}
			if end != nil {
				answers.finish(end)
			}
		}
		f(c)
		c.Close()
		a.close()
	})
}

func TestMemConnTakesItsTimeAndKeepsOrder(t *testing.T) {
	echo(t, time.Millisecond, 5*time.Millisecond, func(c *memConn) {
		start := time.Now()
		for b := range byte(100) {
			if _, err := c.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, 100)
		if _, err := io.ReadFull(c, got); err != nil {
			t.Fatal(err)
		}
		for b := range byte(100) {
			if got[b] != b {
				t.Fatalf("byte %d is %d", b, got[b])
			}
		}
		if took := time.Since(start); took < 2*time.Millisecond || took > 11*time.Millisecond {
			t.Errorf("there and back took %v", took)
		}
	})
}

func TestMemConnHonoursDeadlines(t *testing.T) {
	echo(t, time.Second, time.Second, func(c *memConn) {
		start := time.Now()
		read := func(deadline time.Time) error {
			c.SetReadDeadline(deadline)
			_, err := c.Read(make([]byte, 8))
			return err
		}
		if err := read(start.Add(300 * time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		var timeout net.Error
		if err := read(start); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("a deadline that has passed: %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			c.SetDeadline(time.Now()) // wakes a read that has begun without one
		}()
		if err := read(time.Time{}); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline set later: %v", err)
		}
		c.Write([]byte("x"))
		if err := read(time.Now().Add(time.Minute)); err != nil {
			t.Errorf("data before the deadline: %v", err)
		}
		time.Sleep(2 * time.Minute) // the alarm that is left must do no harm
	})
}

func TestMemConnEnds(t *testing.T) {
	echo(t, time.Second, time.Second, func(c *memConn) {
		c.Write([]byte("last words"))
		c.out.finish(io.EOF) // as the far end would see a half-closed connection
		b, err := io.ReadAll(c)
		if string(b) != "last words" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	})
	echo(t, time.Second, time.Second, func(c *memConn) {
		c.Write([]byte("lost"))
		time.Sleep(1500 * time.Millisecond)
		c.in.finish(syscall.ECONNRESET)
		time.Sleep(time.Minute)
		if _, err := c.Read(make([]byte, 8)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a reset lets data through: %v", err)
		}
	})
	echo(t, time.Second, time.Second, func(c *memConn) {
		go func() {
			time.Sleep(time.Second)
			c.Close()
		}()
		if _, err := c.Read(make([]byte, 8)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read that is cut short by Close: %v", err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write after Close: %v", err)
		}
	})
}

// Closing the server ends what clients wait for, though its clock stops.
func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Start(InMemory(), Members(3))
		if err != nil {
			t.Fatal(err)
		}
		waiting := attach(t, s.Member(1), s.Dial, 10*time.Second, nil)
		s.Client("cut").Cut()
		ended := make(chan error, 2)
		go func() {
			_, err := waiting.receive(time.Hour)
			ended <- err
		}()
		go func() {
			_, err := s.Client("cut").Dial(t.Context(), "tcp", s.Addr())
			ended <- err
		}()
		synctest.Wait()
		s.Close()
		s.Close()
		for range 2 {
			if err := <-ended; err == nil {
				t.Error("no error after Close")
			}
		}
		if _, err := s.Dial(context.Background(), "tcp", s.Addr()); err == nil {
			t.Error("a closed server takes connections")
		}
		if err := s.Member(1).Restart(); err != nil || s.Member(1).Role() != "stopped" {
			t.Errorf("a member of a closed server: %s, %v", s.Member(1).Role(), err)
		}
	})
}

func TestNoLatencyTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := RunT(t, InMemory(), Latency(0, 0))
		begun := time.Now()
		c := s.Client("c")
		p := attach(t, s.Member(1), c.Dial, 4*time.Second, nil)
		if err := p.create("/a", 1); err != nil {
			t.Fatal(err)
		}
		c.ResetConnections()
		if err := p.ping(); err == nil {
			t.Error("a ping was answered after the reset")
		}
		again := attach(t, s.Member(1), c.Dial, 4*time.Second, p)
		if there, err := again.exists("/a", false); err != nil || !there {
			t.Errorf("exists = %t, %v", there, err)
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}
