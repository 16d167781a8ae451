package dial

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
)

// heard collects what Options.Touched is told.
type heard struct {
	begun time.Time
	trips [][2]time.Duration // sent, answered, since begun
}

func (h *heard) touched(sent, answered time.Time) {
	h.trips = append(h.trips, [2]time.Duration{sent.Sub(h.begun), answered.Sub(h.begun)})
}

// listening returns a connection after its handshake to a server that answers what it is sent by hand.
func listening(t *testing.T) (c, server net.Conn, h *heard) {
	t.Helper()
	h = &heard{begun: time.Now()}
	var end net.Conn
	held, release := make(chan struct{}), make(chan struct{})
	d := piped(t, Options{Touched: h.touched}, func(_ string, c net.Conn) {
		next(c)
		c.Write(connectResponse(T, 7))
		end = c
		close(held)
		<-release
	})
	t.Cleanup(func() { close(release) }) // before the Dialer's own, which waits for the server
	c = dialed(t, d)
	mustAttach(t, c, 0)
	<-held
	return c, end, h
}

// exchange has the client send something, and, some time later, the server answer with something.
func exchange(t *testing.T, c, server net.Conn, request, answer []byte, trip time.Duration) {
	t.Helper()
	go c.Write(request)
	if _, err := io.ReadFull(server, make([]byte, len(request))); err != nil {
		t.Fatal(err)
	}
	time.Sleep(trip)
	go server.Write(answer)
	if _, err := io.ReadFull(c, make([]byte, len(answer))); err != nil {
		t.Fatal(err)
	}
}

var (
	pingAnswer = reply(-2, 0)
	watchEvent = frame(int32(-1), int64(-1), int32(0), int32(3), int32(3), int32(2), []byte("/x"))
	request    = frame(int32(5), int32(3), int32(2), []byte("/x"), false)
)

func TestPingsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, h := listening(t)
		time.Sleep(time.Second)
		exchange(t, c, server, pingFrame, pingAnswer, 10*time.Millisecond)
		exchange(t, c, server, request, reply(5, 0), time.Second) // nobody's business
		exchange(t, c, server, pingFrame, watchEvent, time.Second)
		exchange(t, c, server, request, append(reply(5, -101), pingAnswer...), time.Second) // the answer to the ping before
		want := [][2]time.Duration{
			{time.Second, 1010 * time.Millisecond},
			{2010 * time.Millisecond, 4010 * time.Millisecond},
		}
		if !slices.Equal(h.trips, want) {
			t.Errorf("told %v, want %v", h.trips, want)
		}
	})
}

// TestPingsUnderway: with several unanswered, the first answer is told as the first's, and no other before all are in.
func TestPingsUnderway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, h := listening(t)
		send := func() {
			go c.Write(pingFrame)
			io.ReadFull(server, make([]byte, len(pingFrame)))
			time.Sleep(time.Second)
		}
		answer := func(n int) {
			go server.Write(bytes.Repeat(pingAnswer, n))
			io.ReadFull(c, make([]byte, n*len(pingAnswer)))
		}
		send() // at 0
		send() // at 1 s
		answer(1)
		send() // at 2 s
		answer(2)
		answer(1) // one that nobody asked for
		send()    // at 3 s
		answer(1)
		want := [][2]time.Duration{{0, 2 * time.Second}, {3 * time.Second, 4 * time.Second}}
		if !slices.Equal(h.trips, want) {
			t.Errorf("told %v, want %v", h.trips, want)
		}
	})
}

// TestPingsInPieces: the answer is found wherever the stream is cut, and only there.
func TestPingsInPieces(t *testing.T) {
	stream := slices.Concat(watchEvent, reply(5, 0), frame(), frame(int16(-1)), pingAnswer,
		frame(bytes.Repeat(pingFrame, 3)), frame(int32(7), pingXid, pingAnswer))
	for size := 1; size <= len(stream); size++ {
		var p pings
		p.wrote(pingFrame)
		var found int
		for piece := range slices.Chunk(stream, size) {
			if !p.read(piece).IsZero() {
				found++
			}
		}
		if found != 1 {
			t.Errorf("in pieces of %d bytes %d answers are found", size, found)
		}
	}
}

// TestOnlyPingsAreTold: what merely looks like one is none.
func TestOnlyPingsAreTold(t *testing.T) {
	for name, written := range map[string][]byte{
		"request":       request,
		"nothing":       nil,
		"half a ping":   pingFrame[:6],
		"ping and more": append(slices.Clone(pingFrame), 0),
		"another xid":   frame(int32(-4), int32(11)),
		"another op":    frame(int32(-2), int32(12)),
	} {
		var p pings
		p.wrote(written)
		if sent := p.read(pingAnswer); !sent.IsZero() {
			t.Errorf("%s was taken for a ping", name)
		}
	}
}

// TestAttached is told before the client library can send anything through the connection, and only of sessions.
func TestAttached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Link
		d := piped(t, Options{Attached: func(l Link) { told = append(told, l) }}, gives(T, 7))
		c := dialed(t, d)
		if _, err := c.Write(connectRequest(T, 0)); err != nil || len(told) != 0 {
			t.Fatalf("told %v, %v before the answer", told, err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0] != d.Link() || told[0].SessionID != 7 {
			t.Errorf("with the first byte of the answer, told %v", told)
		}
		for _, serve := range []func(string, net.Conn){gives(0, 0), mute, saying(garbage["a web server"])} {
			d := piped(t, Options{Attached: func(l Link) { t.Errorf("told of %+v", l) }}, serve)
			attach(dialed(t, d), 7)
		}
	})
}

// FuzzPings: any stream in any pieces: no panic, and no more answers than pings.
func FuzzPings(f *testing.F) {
	f.Add(slices.Concat(watchEvent, pingAnswer, pingAnswer), uint8(3))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var p pings
		p.wrote(pingFrame)
		found := 0
		for piece := range slices.Chunk(stream, int(size)+1) {
			if !p.read(piece).IsZero() {
				found++
			}
		}
		if found > 1 {
			t.Errorf("%d answers to one ping", found)
		}
	})
}

// TestPingsOfTheClientLibrary are told about every T/3, with the times at which they were sent and answered.
func TestPingsOfTheClientLibrary(t *testing.T) {
	const trip = 40 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		h := &heard{begun: time.Now()}
		d := piped(t, Options{Touched: h.touched}, func(_ string, c net.Conn) {
			next(c)
			c.Write(connectResponse(T, 7))
			for request := next(c); request != nil; request = next(c) {
				time.Sleep(trip)
				c.Write(reply(int32(binary.BigEndian.Uint32(request)), 0))
			}
		})
		conn, events, err := zk.Connect([]string{"ignored"}, T, zk.WithDialer(d.Dial), zk.WithHostProvider(d),
			zk.WithLogger(&lines{}))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2*T + T/6)
		d.Close()
		conn.Close()
		for range events {
		}
		var want [][2]time.Duration
		for sent := T / 3; sent <= 2*T; sent += T / 3 {
			want = append(want, [2]time.Duration{sent, sent + trip})
		}
		if !slices.Equal(h.trips, want) {
			t.Errorf("told %v, want %v", h.trips, want)
		}
	})
}

// TestTellingAllocatesNothing, as every byte of a session passes through it.
func TestTellingAllocatesNothing(t *testing.T) {
	var p pings
	other := reply(5, 0)
	if n := testing.AllocsPerRun(1000, func() {
		p.wrote(pingFrame)
		p.wrote(request)
		if !p.read(other).IsZero() || p.read(pingAnswer).IsZero() {
			t.Error("the answer was not found, or another was")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
