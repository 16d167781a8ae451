package dial

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// conn is a connection that does the handshake's reading itself. The client library writes its connect request and
// starts to read; the first Read receives the whole answer under one deadline, learns from it, sends the credentials,
// and hands the answer on. From then on every call goes straight through.
type conn struct {
	net.Conn
	raw    net.Conn // the same, without TLS
	dialer *Dialer
	server string
	dialed time.Time

	// Used by one goroutine at a time: the client library starts its reader and its writer after the handshake.
	asked    bool // the connect request was written
	answered bool
	pending  []byte // received and not read yet
	pings    pings

	mu     sync.Mutex
	up     time.Time // when the session was attached
	closed bool
}

// maxFrame bounds the frames of a handshake, so that something else than a ZooKeeper behind the port is told apart.
const maxFrame = 4096

func (c *conn) Write(p []byte) (int, error) {
	if !c.asked {
		c.asked = true
		limit := c.dialer.sessionTimeout() / reattachPart
		if isNewSession(p) {
			limit = c.dialer.sessionTimeout() / newPart
		}
		c.Conn.SetDeadline(time.Now().Add(limit))
	}
	c.pings.wrote(p)
	n, err := c.Conn.Write(p)
	if err != nil && !c.answered {
		c.dialer.opts.Hosts.Failed(c.server, fmt.Errorf("%w: send the connect request: %w", ErrHandshake, err))
	}
	return n, c.broken(err)
}

func (c *conn) Read(p []byte) (int, error) {
	if !c.answered {
		if err := c.handshake(); err != nil {
			c.dialer.opts.Hosts.Failed(c.server, err)
			return 0, err
		}
		c.answered = true
		c.Conn.SetDeadline(time.Time{})
	}
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if sent := c.pings.read(p[:n]); !sent.IsZero() && c.dialer.opts.Touched != nil {
		c.dialer.opts.Touched(sent, time.Now())
	}
	return n, c.broken(err)
}

// The deadlines of the handshake are the dialer's: the client library's would be ten times the read timeout, and
// lifted as soon as four bytes have come.

func (c *conn) SetDeadline(t time.Time) error {
	if !c.answered {
		return nil
	}
	return c.Conn.SetDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	if !c.answered {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	if !c.answered {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Close may be called from any goroutine, and again. It does not say good-bye in TLS, which could block.
func (c *conn) Close() error {
	c.mu.Lock()
	up, again := c.up, c.closed
	c.closed = true
	c.mu.Unlock()
	if again {
		return nil
	}
	if !up.IsZero() && time.Since(up) >= c.dialer.sessionTimeout()/goodAfterPart {
		c.dialer.opts.Hosts.Good()
	}
	return c.raw.Close()
}

func (c *conn) broken(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

// isNewSession tells a connect request that asks for a new session from one that re-attaches: the session id, after
// the frame's length, the protocol version, the last zxid seen and the timeout, is zero (ConnectRequest in
// ZooKeeper's zookeeper.jute).
func isNewSession(request []byte) bool {
	const at = 4 + 4 + 8 + 4
	return len(request) < at+8 || binary.BigEndian.Uint64(request[at:]) == 0
}

// handshake receives the connect response (zookeeper.jute: protocol version, timeout in ms, session id, password),
// then authenticates.
func (c *conn) handshake() error {
	frame, err := c.readFrame()
	if err != nil {
		return fmt.Errorf("%w: no answer to the connect request: %w", ErrHandshake, err)
	}
	const fixed = 4 + 4 + 8 + 4
	if len(frame) < 4+fixed || len(frame)-4-fixed < int(int32(binary.BigEndian.Uint32(frame[fixed:]))) {
		// Nor may the password be longer than the answer: the client library would make room for it first.
		return fmt.Errorf("%w: answer of %d bytes is not a connect response", ErrHandshake, len(frame)-4)
	}
	timeout := time.Duration(int32(binary.BigEndian.Uint32(frame[8:]))) * time.Millisecond
	sessionID := int64(binary.BigEndian.Uint64(frame[12:]))
	if sessionID == 0 {
		c.dialer.opts.Hosts.Answered()
		c.dialer.cancel() // one Dialer, one session
		c.pending = frame
		return nil
	}
	if timeout <= 0 {
		return fmt.Errorf("%w: negotiated timeout %v is not positive", ErrHandshake, timeout)
	}
	c.pending = frame
	for _, auth := range c.dialer.opts.Auth {
		if err := c.authenticate(auth); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.up = time.Now()
	c.mu.Unlock()
	c.dialer.established(c, sessionID, timeout)
	return nil
}

// xidAuth and opAuth mark an authentication packet (ClientCnxn.AUTHPACKET_XID and ZooDefs.OpCode.auth in ZooKeeper).
const (
	xidAuth = -4
	opAuth  = 100
)

// authenticate sends one credential and waits for the server's word on it. Doing so here, before the client library
// has the connection, keeps the library's own re-sending out of the way, which can block for ever.
func (c *conn) authenticate(auth Auth) error {
	body := binary.BigEndian.AppendUint32(nil, uint32(0xffffffff&int64(xidAuth)))
	body = binary.BigEndian.AppendUint32(body, opAuth)
	body = binary.BigEndian.AppendUint32(body, 0)
	body = appendBytes(body, []byte(auth.Scheme))
	body = appendBytes(body, auth.Credential)
	if _, err := c.Conn.Write(appendBytes(nil, body)); err != nil {
		return fmt.Errorf("%w: send %s credential: %w", ErrHandshake, auth.Scheme, err)
	}
	for {
		frame, err := c.readFrame()
		if err != nil {
			return fmt.Errorf("%w: no answer to the %s credential: %w", ErrHandshake, auth.Scheme, err)
		}
		const header = 4 + 8 + 4 // xid, zxid, error
		if len(frame) < 4+header {
			return fmt.Errorf("%w: answer of %d bytes to the %s credential", ErrHandshake, len(frame)-4, auth.Scheme)
		}
		if int32(binary.BigEndian.Uint32(frame[4:])) != xidAuth {
			c.pending = append(c.pending, frame...) // somebody else's
			continue
		}
		if code := int32(binary.BigEndian.Uint32(frame[16:])); code != 0 {
			return fmt.Errorf("%w: %s credential refused: %w", ErrHandshake, auth.Scheme, zk.ErrAuthFailed)
		}
		return nil
	}
}

// readFrame reads one frame, its length of four bytes included.
func (c *conn) readFrame() ([]byte, error) {
	frame := make([]byte, 4)
	if _, err := io.ReadFull(c.Conn, frame); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(frame)
	if size > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, not a ZooKeeper server's", size)
	}
	frame = append(frame, make([]byte, size)...)
	if _, err := io.ReadFull(c.Conn, frame[4:]); err != nil {
		return nil, err
	}
	return frame, nil
}

func appendBytes(to, b []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(b)))
	return append(to, b...)
}
