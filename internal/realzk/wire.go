package realzk

import (
	"encoding/binary"
	"errors"
	"time"
)

// Opcodes of the requests that the harness tells apart.
const (
	opCreate       = 1
	opCreate2      = 15
	opCloseSession = -11
)

// opcode is op as it goes on the wire.
func opcode(op int32) uint32 { return uint32(op) }

// connectRequest is the first frame that a client sends.
type connectRequest struct {
	timeout time.Duration
	session int64 // 0 asks for a new one
	passwd  []byte
}

func (r connectRequest) encode() []byte {
	b := make([]byte, 4+8, 64) // protocol version and last zxid seen, both 0
	b = binary.BigEndian.AppendUint32(b, uint32(r.timeout.Milliseconds()))
	b = binary.BigEndian.AppendUint64(b, uint64(r.session))
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.passwd)))
	b = append(b, r.passwd...)
	return append(b, 0) // not read-only
}

// connectReply is the first frame that a server sends.
type connectReply struct {
	timeout time.Duration
	session int64 // 0: the one asked for has expired
	passwd  []byte
}

func decodeConnectReply(b []byte) (connectReply, error) {
	const fixed = 4 + 4 + 8 + 4
	if len(b) < fixed {
		return connectReply{}, errors.New("connect reply too short")
	}
	n := int(int32(binary.BigEndian.Uint32(b[16:])))
	if n < 0 || n > len(b)-fixed {
		return connectReply{}, errors.New("connect reply's password too long")
	}
	return connectReply{
		timeout: time.Duration(binary.BigEndian.Uint32(b[4:])) * time.Millisecond,
		session: int64(binary.BigEndian.Uint64(b[8:])),
		passwd:  b[fixed : fixed+n],
	}, nil
}

// replyHeader starts every frame from the server but the first.
type replyHeader struct {
	xid  int32
	code int32
}

func decodeReplyHeader(b []byte) (replyHeader, bool) {
	if len(b) < 4+8+4 {
		return replyHeader{}, false
	}
	return replyHeader{
		xid:  int32(binary.BigEndian.Uint32(b)),
		code: int32(binary.BigEndian.Uint32(b[12:])),
	}, true
}

// decodeRequest reads what the harness tells requests by from any frame of a client's but the first.
func decodeRequest(b []byte) (Request, bool) {
	const header = 4 + 4
	if len(b) < header {
		return Request{}, false
	}
	r := Request{xid: int32(binary.BigEndian.Uint32(b)), Op: int32(binary.BigEndian.Uint32(b[4:]))}
	if body := b[header:]; len(body) >= 4 {
		if n := binary.BigEndian.Uint32(body); int64(n) <= int64(len(body)-4) {
			r.Path = string(body[4 : 4+n])
		}
		if r.Op == opCreate || r.Op == opCreate2 {
			r.Flags = int32(binary.BigEndian.Uint32(body[len(body)-4:]))
		}
	}
	return r, true
}
