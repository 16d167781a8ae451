package dial

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-zookeeper/zk"
)

// maxFrame bounds the frames of a handshake, so that something else than a ZooKeeper behind the port is told apart.
const maxFrame = 4096

// isNewSession tells a connect request that asks for a new session from one that re-attaches: the session id, after
// the frame's length, the protocol version, the last zxid seen and the timeout, is zero (ConnectRequest in
// ZooKeeper's zookeeper.jute).
func isNewSession(request []byte) bool {
	const at = 4 + 4 + 8 + 4
	return len(request) < at+8 || binary.BigEndian.Uint64(request[at:]) == 0
}

// answer is a server's to the connect request.
type answer struct {
	frames    []byte // as received, for the client library
	sessionID int64  // 0 if the session has expired
	timeout   time.Duration
	up        time.Time
}

// handshake receives the connect response (zookeeper.jute: protocol version, timeout in ms, session id, password),
// then authenticates.
func (w *wire) handshake(auths []Auth) (a answer, err error) {
	frame, err := w.readFrame()
	if err != nil {
		return a, w.failed("no answer to the connect request", err)
	}
	const fixed = 4 + 4 + 8 + 4
	if len(frame) < 4+fixed || len(frame)-4-fixed < int(int32(binary.BigEndian.Uint32(frame[fixed:]))) {
		// Nor may the password be longer than the answer: the client library would make room for it first.
		return a, fmt.Errorf("%w: answer of %d bytes is not a connect response", ErrHandshake, len(frame)-4)
	}
	a.frames = frame
	a.timeout = time.Duration(int32(binary.BigEndian.Uint32(frame[8:]))) * time.Millisecond
	a.sessionID = int64(binary.BigEndian.Uint64(frame[12:]))
	if a.sessionID == 0 {
		return a, nil
	}
	if a.timeout <= 0 {
		return a, fmt.Errorf("%w: negotiated timeout %v is not positive", ErrHandshake, a.timeout)
	}
	for _, auth := range auths {
		others, err := w.authenticate(auth)
		if err != nil {
			return a, err
		}
		a.frames = append(a.frames, others...)
	}
	a.up = time.Now()
	return a, nil
}

// xidAuth and opAuth mark an authentication packet (ClientCnxn.AUTHPACKET_XID and ZooDefs.OpCode.auth in ZooKeeper).
const (
	xidAuth = -4
	opAuth  = 100
)

// authenticate sends one credential and waits for the server's word on it. Doing so here, before the client library
// has the connection, keeps the library's own re-sending out of the way, which can block for ever. It returns the frames
// that came before that word, which are for the client library.
func (w *wire) authenticate(auth Auth) (others []byte, err error) {
	body := binary.BigEndian.AppendUint32(nil, uint32(0xffffffff&int64(xidAuth)))
	body = binary.BigEndian.AppendUint32(body, opAuth)
	body = binary.BigEndian.AppendUint32(body, 0)
	body = appendBytes(body, []byte(auth.Scheme))
	body = appendBytes(body, auth.Credential)
	if _, err := w.Write(appendBytes(nil, body)); err != nil {
		return nil, fmt.Errorf("%w: send the credential %s: %w", ErrHandshake, auth, err)
	}
	for {
		frame, err := w.readFrame()
		if err != nil {
			return nil, fmt.Errorf("%w: no answer to the credential %s: %w", ErrHandshake, auth, err)
		}
		const header = 4 + 8 + 4 // xid, zxid, error
		if len(frame) < 4+header {
			return nil, fmt.Errorf("%w: answer of %d bytes to the credential %s", ErrHandshake, len(frame)-4, auth)
		}
		if int32(binary.BigEndian.Uint32(frame[4:])) != xidAuth {
			others = append(others, frame...)
			continue
		}
		if code := int32(binary.BigEndian.Uint32(frame[16:])); code != 0 {
			return nil, fmt.Errorf("%w: credential %s refused, the server may not know this scheme: %w",
				ErrHandshake, auth, zk.ErrAuthFailed)
		}
		return others, nil
	}
}

// readFrame reads one frame, its length of four bytes included.
func (w *wire) readFrame() ([]byte, error) {
	frame := make([]byte, 4)
	if _, err := io.ReadFull(w, frame); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(frame)
	if frame[0] == recordAlert && frame[1] == recordMajor {
		return nil, errors.New("the server speaks TLS, and Config.TLS is not set")
	}
	if size > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, not a ZooKeeper server's", size)
	}
	frame = append(frame, make([]byte, size)...)
	if _, err := io.ReadFull(w, frame[4:]); err != nil {
		return nil, err
	}
	return frame, nil
}

// How a TLS alert begins, which is what a server with TLS says to a client without (RFC 8446, section 5.1).
const (
	recordAlert = 21
	recordMajor = 3
)

// failed is the error of a handshake that the network ended, with the reason if that can be told. A server that refuses
// a client certificate says so after a handshake of TLS 1.3, and may have closed the connection before we write: then its
// last word is still to be read.
func (w *wire) failed(doing string, err error) error {
	if w.secured != nil && hungUp(err) {
		if _, last := w.Read(make([]byte, 1)); last != nil && !hungUp(last) {
			err = last
		}
	}
	switch {
	case w.secured.refused(err):
		return w.secured.refusal(err)
	case w.secured == nil && hungUp(err):
		return fmt.Errorf("%w: %s: the server hung up, it may not be serving, or want TLS here: %w", ErrHandshake, doing, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrHandshake, doing, err)
}

func appendBytes(to, b []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(b)))
	return append(to, b...)
}
