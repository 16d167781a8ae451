package dial

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
)

var credentials = []Auth{{"digest", []byte("user:secret")}, {"ip", nil}}

// authPacket is what a credential looks like on the wire.
func authPacket(a Auth) []byte {
	return frame(int32(xidAuth), int32(opAuth), int32(0),
		int32(len(a.Scheme)), []byte(a.Scheme), int32(len(a.Credential)), a.Credential)
}

// TestCredentials are presented after every handshake, in order, each once the one before is accepted; what else the
// server says meanwhile reaches the client library behind the connect response.
func TestCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		event := frame(int32(-1), int64(-1), int32(0), int32(3), int32(3), int32(2), []byte("/x"))
		received := make(chan []byte, 8)
		d := piped(t, Options{Auth: credentials}, func(_ string, c net.Conn) {
			next(c)
			c.Write(connectResponse(T, 7))
			for range credentials {
				received <- next(c)
				c.Write(event)
				c.Write(reply(xidAuth, 0))
			}
			serveRequests(c)
		})
		for session := range int64(3) {
			c := dialed(t, d)
			mustAttach(t, c, session)
			for _, a := range credentials {
				if got, want := <-received, authPacket(a)[4:]; !bytes.Equal(got, want) {
					t.Errorf("the server receives %q, want %q", got, want)
				}
				got := make([]byte, len(event))
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, event) {
					t.Errorf("the client library reads %q, %v; want %q", got, err, event)
				}
			}
			if err := ping(c); err != nil {
				t.Errorf("after the credentials: %v", err)
			}
		}
		if len(received) != 0 {
			t.Errorf("%d credentials too many", len(received))
		}
	})
}

// TestRefusedCredential is an error that says so, and which; no error spells the credential out.
func TestRefusedCredential(t *testing.T) {
	cases := map[string]struct {
		answer []byte
		want   error
	}{
		"refused":     {reply(xidAuth, -115), zk.ErrAuthFailed},
		"odd refusal": {reply(xidAuth, 1), zk.ErrAuthFailed},
		"cut short":   {frame(int32(xidAuth)), ErrHandshake},
		"garbage":     {[]byte("HTTP/1.1 400 Bad Request\r\n"), ErrHandshake},
		"no answer":   {nil, os.ErrDeadlineExceeded},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := piped(t, Options{Auth: credentials[:1]}, func(_ string, conn net.Conn) {
					next(conn)
					conn.Write(connectResponse(T, 7))
					next(conn)
					conn.Write(c.answer)
					io.Copy(io.Discard, conn)
				})
				begun := time.Now()
				_, err := attach(dialed(t, d), 0)
				if !errors.Is(err, c.want) || !errors.Is(err, ErrHandshake) || !strings.Contains(err.Error(), "digest") {
					t.Errorf("the error is %v, want %v", err, c.want)
				}
				if strings.Contains(err.Error(), "secret") {
					t.Errorf("the error spells the credential out: %v", err)
				}
				if took := time.Since(begun); took > T/3 || c.answer != nil && took > 0 {
					t.Errorf("it took %v", took)
				}
				if errs := d.opts.Hosts.LastErrors(); len(errs) != 1 || !errors.Is(errs[0], c.want) {
					t.Errorf("errors noted: %v", errs)
				}
				if d.Link() != (Link{}) {
					t.Errorf("there is a link: %+v", d.Link())
				}
			})
		})
	}
}

// TestCredentialThatNobodyReads: a server that takes the connect request and then nothing costs the limit, no more.
func TestCredentialThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{Auth: credentials}, func(_ string, c net.Conn) {
			next(c)
			c.Write(connectResponse(T, 7))
			time.Sleep(T)
		})
		begun := time.Now()
		if _, err := attach(dialed(t, d), 7); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != T/6 {
			t.Errorf("ended after %v: %v", time.Since(begun), err)
		}
	})
}

// TestNoCredentialForAnExpiredSession: the server closes the connection behind that answer.
func TestNoCredentialForAnExpiredSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{Auth: credentials}, func(_ string, c net.Conn) {
			next(c)
			c.Write(connectResponse(0, 0))
		})
		answer, err := attach(dialed(t, d), 7)
		if err != nil || binary.BigEndian.Uint64(answer[12:]) != 0 {
			t.Errorf("the client library reads %x, %v", answer, err)
		}
	})
}
