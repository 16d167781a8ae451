package dial

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// asks is a request for what is at /x, with or without a watch.
func asks(op int32, watch bool) []byte { return frame(int32(5), op, int32(2), []byte("/x"), watch) }

// TestWatchesAreSetBeforeAnythingIsRead on a connection that a session with watches moves to, and a connection without any
// to set loses little time.
func TestWatchesAreSetBeforeAnythingIsRead(t *testing.T) {
	const soon = 3 * time.Millisecond
	sets := frame(int32(-8), int32(opSetWatches), int64(1))
	for name, c := range map[string]struct {
		before, then []byte // on the connection before, and on this one, soon
		want         time.Duration
	}{
		"no watch":               {nil, nil, 0},
		"getData without":        {asks(opGetData, false), nil, 0},
		"create of an ephemeral": {frame(int32(5), int32(opCreate), int32(2), []byte("/x"), int32(1)), nil, 0},
		"getData":                {asks(opGetData, true), sets, soon},
		"exists":                 {asks(opExists, true), sets, soon},
		"getChildren":            {asks(opGetChildren, true), sets, soon},
		"getChildren2":           {asks(opGetChildren2, true), sets, soon},
		"no watch is left":       {asks(opGetData, true), nil, rewatchPatience},
		"another request":        {asks(opGetData, true), asks(opGetData, true), rewatchPatience},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := reply(5, 0)
				d := piped(t, Options{}, func(_ string, c net.Conn) {
					next(c)
					c.Write(connectResponse(T, 7))
					go func() {
						for range 2 {
							c.Write(answer)
						}
					}()
					io.Copy(io.Discard, c)
				})
				first := dialed(t, d)
				mustAttach(t, first, 0)
				if c.before != nil {
					first.Write(c.before)
				}
				if took := reads(t, first, len(answer)); took != 0 {
					t.Errorf("the first connection gave an answer after %v", took)
				}
				second := dialed(t, d)
				mustAttach(t, second, 7)
				if c.then != nil {
					time.AfterFunc(soon, func() { second.Write(c.then) })
				}
				if took := reads(t, second, len(answer)); took != c.want {
					t.Errorf("the second gave an answer after %v, want %v", took, c.want)
				}
				if took := reads(t, second, len(answer)); took != 0 {
					t.Errorf("and the next %v later", took)
				}
			})
		})
	}
}

// reads returns how long it takes to read n bytes.
func reads(t *testing.T, c net.Conn, n int) time.Duration {
	t.Helper()
	begun := time.Now()
	if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun)
}

// TestCloseInThePlaceOfWatches: a session that is closed as it moves sets none, and its end is all that is read.
func TestCloseInThePlaceOfWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closed atomic.Bool
		d := piped(t, Options{}, func(_ string, c net.Conn) {
			next(c)
			c.Write(connectResponse(T, 7))
			for request := next(c); request != nil; request = next(c) {
				c.Write(reply(5, 0))
				if opcode(append(make([]byte, 4), request...)) == opCloseSession {
					closed.Store(true)
					return
				}
			}
		})
		first := dialed(t, d)
		mustAttach(t, first, 0)
		first.Write(asks(opGetData, true))
		reads(t, first, len(reply(5, 0)))

		second := dialed(t, d)
		mustAttach(t, second, 7)
		go func() {
			second.Write(asks(opExists, false))
			second.Write(frame(int32(6), int32(opClose)))
		}()
		if n, err := second.Read(make([]byte, 100)); n != 0 || !errors.Is(err, ErrBroken) {
			t.Errorf("read %d bytes, %v", n, err)
		}
		if !closed.Load() {
			t.Error("the server has not heard of the close")
		}
	})
}
