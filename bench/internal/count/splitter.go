package count

import "encoding/binary"

// splitter finds the requests in what a client sends: frames of a length and a body, the first of which is the
// connection request, while all others begin with an xid and an opcode (RequestHeader in ZooKeeper's zookeeper.jute).
type splitter struct {
	head    [12]byte // length, xid, opcode
	have    int      // how much of it is there
	left    int      // how much of the frame is still to come after it
	greeted bool     // the connection request has passed
}

// see is told what was sent next, and calls found for every request whose header is complete with it.
func (s *splitter) see(b []byte, found func(Op)) {
	for len(b) > 0 {
		if s.left > 0 {
			n := min(s.left, len(b))
			s.left -= n
			b = b[n:]
			continue
		}
		n := copy(s.head[s.have:], b)
		s.have += n
		b = b[n:]
		if s.have < len(s.head) {
			return // a frame of less than eight bytes is not a request, and no client sends one
		}
		s.have = 0
		s.left = int(binary.BigEndian.Uint32(s.head[:])) - 8
		if s.greeted {
			found(Op(int32(binary.BigEndian.Uint32(s.head[8:]))))
		}
		s.greeted = true
	}
}
