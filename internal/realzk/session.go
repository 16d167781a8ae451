package realzk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
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

// attach connects to a session that exists.
func attach(addr string, id int64, passwd []byte) (net.Conn, error) {
	const limit = 10 * time.Second
	conn, err := net.DialTimeout("tcp", addr, limit)
	if err != nil {
		return nil, fmt.Errorf("attach: %w", err)
	}
	conn.SetDeadline(time.Now().Add(limit))
	err = writeFrame(conn, connectRequest{timeout: 30 * time.Second, session: id, passwd: passwd}.encode())
	if err == nil {
		var frame []byte
		if frame, err = readFrame(conn); err == nil {
			var reply connectReply
			if reply, err = decodeConnectReply(frame); err == nil && reply.session != id {
				err = ErrSessionUnknown
			}
		}
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("attach: %w", err)
	}
	return conn, nil
}

func closeSession(addr string, id int64, passwd []byte) error {
	conn, err := attach(addr, id, passwd)
	if err != nil {
		return err
	}
	defer conn.Close()

	const xid = 1
	request := binary.BigEndian.AppendUint32(nil, xid)
	request = binary.BigEndian.AppendUint32(request, opcode(opCloseSession))
	if err := writeFrame(conn, request); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	for {
		frame, err := readFrame(conn)
		if errors.Is(err, io.EOF) {
			// The server closes the connection with the session, and now and then before it has answered.
			again, gone := attach(addr, id, passwd)
			if errors.Is(gone, ErrSessionUnknown) {
				return nil
			}
			if gone == nil {
				again.Close()
			}
		}
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
