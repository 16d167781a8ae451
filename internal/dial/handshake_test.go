package dial

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/hosts"
)

// sessions are what a connect request can ask for, and how long its answer may take then.
var sessions = []struct {
	name  string
	id    int64
	limit time.Duration
}{
	{"new", 0, T / 3},
	{"again", 0x1234, T / 6},
}

func TestHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{}, gives(4*time.Second, 0x1234))
		c := dialed(t, d)
		answer, err := attach(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		if want := connectResponse(4*time.Second, 0x1234); !bytes.Equal(answer, want) {
			t.Errorf("the client library reads\n%x, want\n%x", answer, want)
		}
		if err := ping(c); err != nil {
			t.Errorf("after the handshake: %v", err)
		}
		if errs := d.opts.Hosts.LastErrors(); len(errs) != 0 {
			t.Errorf("errors noted: %v", errs)
		}
	})
}

// TestAnswerIsHandedOn: whole, in order, with what the server sends right behind it, however it is cut in pieces.
func TestAnswerIsHandedOn(t *testing.T) {
	sent := append(connectResponse(T, 7), reply(-1, 0)...)
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{}, func(_ string, c net.Conn) {
			next(c)
			for i := range sent {
				c.Write(sent[i : i+1])
			}
			io.Copy(io.Discard, c)
		})
		c := dialed(t, d)
		if _, err := c.Write(connectRequest(T, 0)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(iotest.OneByteReader(c), got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("read %x, %v; want %x", got, err, sent)
		}
	})
}

// TestSilence: wherever the server falls silent, the handshake ends at its limit, which nothing moves.
func TestSilence(t *testing.T) {
	answer := connectResponse(T, 0x1234)
	cases := map[string]func(string, net.Conn){
		"nothing read":    func(_ string, c net.Conn) { readUntilClosed(c, 0) },
		"request cut":     func(_ string, c net.Conn) { readUntilClosed(c, 20) },
		"no answer":       mute,
		"four bytes":      saying(answer[:4]),
		"half the answer": saying(answer[:len(answer)/2]),
		"one byte short":  saying(answer[:len(answer)-1]),
		"a trickle": func(_ string, c net.Conn) {
			next(c)
			for i := range answer {
				c.Write(answer[i : i+1])
				time.Sleep(T / 40)
			}
		},
	}
	for _, s := range sessions {
		for name, serve := range cases {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := piped(t, Options{}, serve)
					begun := time.Now()
					_, err := attach(dialed(t, d), s.id)
					if took := time.Since(begun); took != s.limit {
						t.Errorf("ended after %v, want %v", took, s.limit)
					}
					if !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("the error is %v", err)
					}
					if errs := d.opts.Hosts.LastErrors(); len(errs) != 1 || !errors.Is(errs[0], os.ErrDeadlineExceeded) {
						t.Errorf("errors noted: %v", errs)
					}
					if d.Link() != (Link{}) {
						t.Errorf("there is a link: %+v", d.Link())
					}
				})
			})
		}
	}
}

// readUntilClosed reads n bytes, and then nothing until the client gives up.
func readUntilClosed(c net.Conn, n int64) {
	io.CopyN(io.Discard, c, n)
	time.Sleep(T)
}

// TestCutAtEveryByte: an end or a silence after any byte of a handshake is an error, in time.
func TestCutAtEveryByte(t *testing.T) {
	secret := Auth{"digest", []byte("user:secret")}
	request, answer, word := connectRequest(T, 0), connectResponse(T, 0x1234), reply(xidAuth, 0)
	ends := map[string]func(net.Conn){
		"closed": func(c net.Conn) { c.Close() },
		"silent": func(net.Conn) { time.Sleep(T) },
	}
	for name, end := range ends {
		try := func(what string, serve func(net.Conn)) {
			synctest.Test(t, func(t *testing.T) {
				d := piped(t, Options{Auth: []Auth{secret}}, func(_ string, c net.Conn) {
					serve(c)
					end(c)
				})
				c := dialed(t, d)
				begun := time.Now()
				if _, err := attach(c, 0); err == nil {
					t.Errorf("%s, %s: no error", what, name)
				}
				if took := time.Since(begun); took > T/3 || name == "closed" && took > 0 {
					t.Errorf("%s, %s: it took %v", what, name, took)
				}
				if len(d.opts.Hosts.LastErrors()) == 0 {
					t.Errorf("%s, %s: no error noted", what, name)
				}
				if d.Link() != (Link{}) {
					t.Errorf("%s, %s: there is a link", what, name)
				}
			})
		}
		for k := range request {
			try(fmt.Sprintf("%d bytes of the request", k), func(c net.Conn) { io.CopyN(io.Discard, c, int64(k)) })
		}
		for k := range answer {
			try(fmt.Sprintf("%d bytes of the answer", k), func(c net.Conn) {
				next(c)
				c.Write(answer[:k])
			})
		}
		for k := range word {
			try(fmt.Sprintf("%d bytes of the word on the credential", k), func(c net.Conn) {
				next(c)
				c.Write(answer)
				next(c)
				c.Write(word[:k])
			})
		}
	}
}

var garbage = map[string][]byte{
	"a web server":          []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
	"a TLS alert":           {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x16},
	"an SSH server":         []byte("SSH-2.0-OpenSSH_9.2\r\n"),
	"an empty frame":        frame(),
	"a short frame":         frame(make([]byte, 19)),
	"a frame without end":   {0xff, 0xff, 0xff, 0xff},
	"a frame too long":      binary.BigEndian.AppendUint32(nil, maxFrame+1),
	"no timeout":            connectResponse(0, 7),
	"a negative timeout":    connectResponse(-time.Second, 7),
	"a password too long":   frame(int32(0), int32(6000), int64(7), int32(17), password),
	"a password of 2 GB":    frame(int32(0), int32(6000), int64(7), int32(0x7fffffff), password),
	"a huge one and expiry": frame(int32(0), int32(0), int64(0), int32(0x7fffffff), password),
}

// TestGarbage is told at once, rather than at the limit.
func TestGarbage(t *testing.T) {
	for name, answer := range garbage {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := piped(t, Options{}, saying(answer))
				c := dialed(t, d)
				begun := time.Now()
				if _, err := attach(c, 0); !errors.Is(err, ErrHandshake) {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(begun); took != 0 {
					t.Errorf("it took %v", took)
				}
				if errs := d.opts.Hosts.LastErrors(); len(errs) != 1 || !errors.Is(errs[0], ErrHandshake) {
					t.Errorf("errors noted: %v", errs)
				}
			})
		})
	}
}

// FuzzAnswer: whatever a server sends, the handshake ends, in an error or in something that makes sense.
func FuzzAnswer(f *testing.F) {
	for _, answer := range garbage {
		f.Add(answer, false)
	}
	f.Add(connectResponse(T, 7), false)
	f.Add(connectResponse(0, 0), false)
	f.Add(append(connectResponse(T, 7), reply(xidAuth, -115)...), true)
	f.Add(append(append(connectResponse(T, 7), reply(-1, 0)...), reply(xidAuth, 0)...), true)
	f.Fuzz(func(t *testing.T, answer []byte, auth bool) {
		opts := Options{}
		if auth {
			opts.Auth = []Auth{{"digest", []byte("user:secret")}}
		}
		d := piped(t, opts, func(_ string, c net.Conn) {
			var reader sync.WaitGroup
			reader.Go(func() { io.Copy(io.Discard, c) })
			c.Write(answer)
			c.Close()
			reader.Wait()
		})
		c := dialed(t, d)
		defer c.Close()
		switch got, err := attach(c, 0); {
		case err != nil:
		case !bytes.HasPrefix(answer, got):
			t.Errorf("%x was sent and %x received", answer, got)
		case d.ctx.Err() == nil && (d.Link().SessionID == 0 || d.Link().Timeout <= 0):
			t.Errorf("link is %+v", d.Link())
		}
	})
}

// TestExpiry: the word that a session is over reaches the client library, and is the last thing this Dialer does.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hosts.New([]string{"zk1.example:2181"})
		d := piped(t, Options{Hosts: h}, gives(0, 0))
		if _, pause := d.Next(); pause {
			t.Error("Next asks for the client library's pause")
		}
		answer, err := attach(dialed(t, d), 0x1234)
		if want := connectResponse(0, 0); err != nil || !bytes.Equal(answer, want) {
			t.Errorf("the client library reads %x, %v; want %x", answer, err, want)
		}
		if _, err := d.Dial("tcp", "zk1.example:2181", time.Second); !errors.Is(err, ErrClosed) {
			t.Errorf("the next dial says %v", err)
		}
		if _, pause := d.Next(); !pause {
			t.Error("Next does not let the client library rest")
		}
		begun := time.Now() // the server is there: the next session does not wait
		if err := h.Wait(t.Context(), "zk1.example:2181"); err != nil || time.Since(begun) != 0 {
			t.Errorf("the next session waits %v, %v", time.Since(begun), err)
		}
	})
}

// TestLimitsFollowNegotiation: the limits are parts of the timeout that was negotiated, once it is known.
func TestLimitsFollowNegotiation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := false
		d := piped(t, Options{}, func(_ string, c net.Conn) {
			if silent {
				mute("", c)
				return
			}
			gives(3*time.Second, 0x1234)("", c)
		})
		c := dialed(t, d)
		mustAttach(t, c, 0)
		time.Sleep(500 * time.Millisecond) // for a shorter one there would be a wait
		c.Close()
		silent = true
		c = dialed(t, d)
		begun := time.Now()
		if _, err := attach(c, 0x1234); err == nil || time.Since(begun) != 500*time.Millisecond {
			t.Errorf("the handshake ended after %v: %v", time.Since(begun), err)
		}
	})
}

// TestDeadlinesAfterHandshake are the client library's own.
func TestDeadlinesAfterHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{}, saying(connectResponse(T, 7)))
		c := dialed(t, d)
		mustAttach(t, c, 0)
		expect := func(what string, err error, begun time.Time, limit time.Duration) {
			t.Helper()
			if took := time.Since(begun); took != limit || !errors.Is(err, ErrBroken) || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s ended after %v, want %v: %v", what, took, limit, err)
			}
		}
		begun := time.Now()
		c.SetReadDeadline(begun.Add(time.Minute))
		_, err := c.Read(make([]byte, 1))
		expect("read", err, begun, time.Minute)

		begun = time.Now()
		c.SetDeadline(begun.Add(time.Second))
		_, err = c.Read(make([]byte, 1))
		expect("read", err, begun, time.Second)

		c.SetWriteDeadline(time.Now())
		_, err = c.Write([]byte{1})
		expect("write", err, time.Now(), 0)
	})
}
