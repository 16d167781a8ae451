package realzk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// ErrSessionUnknown says that the server does not know the session that was to be closed: it has expired, or never was.
var ErrSessionUnknown = errors.New("session unknown to the server")

// Expire ends a session as a third party would: it attaches to the session a second time and closes it. When it
// returns the server has forgotten the session and deleted its ephemeral nodes. The session's own connection stays
// as it is: its watches fire, further requests on it get no answer, and only a reconnect tells that the session is gone.
func (s *Server) Expire(sessionID int64, passwd []byte) error {
	if err := closeSession(s.addr, sessionID, passwd); err != nil {
		return fmt.Errorf("expire session 0x%x at %s: %w", sessionID, s.addr, err)
	}
	return nil
}

// closeSession tries again when its connection is closed: the session's own client, whose connection the server closes
// for the sake of this one, comes back at once, and then this one may be closed in turn.
func closeSession(addr string, id int64, passwd []byte) error {
	deadline := time.Now().Add(10 * time.Second)
	for tried := false; ; tried = true {
		err := tryCloseSession(addr, id, passwd, deadline)
		if tried && errors.Is(err, ErrSessionUnknown) {
			return nil // closed before after all, only the answer was lost
		}
		again := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
		if !again || time.Now().After(deadline) {
			return err
		}
	}
}

// tryCloseSession sends the close right behind the connect request, to leave nobody time in between.
func tryCloseSession(addr string, id int64, passwd []byte, deadline time.Time) error {
	const xid = 1
	request := binary.BigEndian.AppendUint32(nil, xid)
	request = binary.BigEndian.AppendUint32(request, opcode(opCloseSession))
	conn, err := attach(addr, id, passwd, deadline, request)
	if err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	defer conn.Close()
	for {
		frame, err := readFrame(conn)
		if err != nil {
			return fmt.Errorf("close: %w", err)
		}
		if h, ok := decodeReplyHeader(frame); ok && h.xid == xid {
			if h.code != 0 {
				return fmt.Errorf("close: server's error %d", h.code)
			}
			return nil
		}
	}
}

// attach connects to a session, and sends requests without waiting to be let in.
func attach(addr string, id int64, passwd []byte, deadline time.Time, requests ...[]byte) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Until(deadline))
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(deadline)
	err = func() error {
		connect := connectRequest{timeout: 30 * time.Second, session: id, passwd: passwd}.encode()
		for _, body := range append([][]byte{connect}, requests...) {
			if err := writeFrame(conn, body); err != nil {
				return err
			}
		}
		frame, err := readFrame(conn)
		if err != nil {
			return err
		}
		reply, err := decodeConnectReply(frame)
		if err == nil && reply.session != id {
			err = ErrSessionUnknown
		}
		return err
	}()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// maxFrame is more than ZooKeeper ever sends (jute.maxbuffer is 1 MB), and less than any four ASCII letters are as
// a length: so a four-letter command is told from a frame.
const maxFrame = 16 << 20

func writeFrame(w io.Writer, body []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

// readFrame returns the body of the next frame.
func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(r, body)
	return body, err
}
