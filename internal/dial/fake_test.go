package dial

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/internal/hosts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// T is the session timeout of most tests: T/6 is a second.
const T = 6 * time.Second

// piped returns a Dialer whose connections are pipes. Each is served by serve, in a goroutine that the end of the test
// waits for once the pipe is closed; it gets the name that was dialled.
func piped(t *testing.T, opts Options, serve func(server string, c net.Conn)) *Dialer {
	t.Helper()
	if opts.Hosts == nil {
		opts.Hosts = hosts.New([]string{"zk1.example:2181"})
	}
	if opts.Timeout == 0 {
		opts.Timeout = T
	}
	var servers sync.WaitGroup
	if opts.Dial == nil {
		opts.Dial = func(_ context.Context, _, server string) (net.Conn, error) {
			client, end := net.Pipe()
			servers.Go(func() {
				defer end.Close()
				serve(server, end)
			})
			return client, nil
		}
	}
	d := New(opts)
	t.Cleanup(func() {
		d.Close()
		d.Wait()
		servers.Wait()
	})
	return d
}

// listen serves one connection on loopback, and returns a dial that leads there, whatever the name. The end of the test
// waits for it.
func listen(t *testing.T, serve func(string, net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var server sync.WaitGroup
	t.Cleanup(server.Wait)
	t.Cleanup(func() { listener.Close() })
	server.Go(func() {
		if c, err := listener.Accept(); err == nil {
			defer c.Close()
			serve(listener.Addr().String(), c)
		}
	})
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var plain net.Dialer
		return plain.DialContext(ctx, network, listener.Addr().String())
	}
}

// dialed is a connection of d to its next server.
func dialed(t *testing.T, d *Dialer) net.Conn {
	t.Helper()
	server, _ := d.Next()
	c, err := d.Dial("tcp", server, time.Second)
	if err != nil {
		t.Fatalf("dial %s: %v", server, err)
	}
	return c
}

// attach does on a connection what the client library does, deadlines included, and returns the connect response.
func attach(c net.Conn, session int64) ([]byte, error) {
	c.SetWriteDeadline(time.Now().Add(time.Hour))
	_, err := c.Write(connectRequest(T, session))
	c.SetWriteDeadline(time.Time{})
	if err != nil {
		return nil, err
	}
	c.SetReadDeadline(time.Now().Add(time.Hour))
	answer := make([]byte, 4)
	_, err = io.ReadFull(c, answer)
	c.SetReadDeadline(time.Time{})
	if err != nil {
		return nil, err
	}
	answer = append(answer, make([]byte, binary.BigEndian.Uint32(answer))...)
	_, err = io.ReadFull(c, answer[4:])
	return answer, err
}

// ask does on a Dialer what the client library does to have a server's answer, and closes the connection if there is none.
func ask(d *Dialer, server string, session int64) (net.Conn, error) {
	c, err := d.Dial("tcp", server, time.Second)
	if err != nil {
		return nil, err
	}
	if _, err := attach(c, session); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// mustAttach is attach where nothing is to go wrong.
func mustAttach(t *testing.T, c net.Conn, session int64) {
	t.Helper()
	if _, err := attach(c, session); err != nil {
		t.Fatalf("attach session %#x: %v", session, err)
	}
}

func frame(parts ...any) []byte {
	f := make([]byte, 4)
	for _, part := range parts {
		f, _ = binary.Append(f, binary.BigEndian, part)
	}
	binary.BigEndian.PutUint32(f, uint32(len(f)-4))
	return f
}

var password = [16]byte{'p', 'a', 's', 's', 'w', 'o', 'r', 'd'}

func connectRequest(timeout time.Duration, session int64) []byte {
	return frame(int32(0), int64(0), int32(timeout.Milliseconds()), session, int32(len(password)), password)
}

func connectResponse(timeout time.Duration, session int64) []byte {
	return frame(int32(0), int32(timeout.Milliseconds()), session, int32(len(password)), password, false)
}

func reply(xid int32, code int32) []byte { return frame(xid, int64(1), code) }

// next reads one frame of the client's, without its length; nil once the connection is broken.
func next(c net.Conn) []byte {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil
	}
	f := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(c, f); err != nil {
		return nil
	}
	return f
}

// mute reads what comes and never answers.
func mute(_ string, c net.Conn) { io.Copy(io.Discard, c) }

// saying answers the connect request with the given bytes, and nothing after that.
func saying(answer []byte) func(string, net.Conn) {
	return func(_ string, c net.Conn) {
		next(c)
		c.Write(answer)
		io.Copy(io.Discard, c)
	}
}

// gives answers every connect request with one session, accepts credentials, and answers pings and the close of the
// session, as a ZooKeeper does.
func gives(timeout time.Duration, session int64) func(string, net.Conn) {
	return func(_ string, c net.Conn) {
		if next(c) == nil {
			return
		}
		c.Write(connectResponse(timeout, session))
		serveRequests(c)
	}
}

const opClose = -11

func serveRequests(c net.Conn) {
	for {
		request := next(c)
		if request == nil {
			return
		}
		c.Write(reply(int32(binary.BigEndian.Uint32(request)), 0))
		if int32(binary.BigEndian.Uint32(request[4:])) == opClose {
			return
		}
	}
}

// ping has a round trip with the server; it fails if the connection is broken.
func ping(c net.Conn) error {
	if _, err := c.Write(frame(int32(-2), int32(11))); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, len(reply(-2, 0))))
	return err
}
