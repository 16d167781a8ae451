package dial

import (
	"bytes"
	"encoding/binary"
	"sync"
	"time"
)

// pings notes when the client library's pings were sent and answered. The library does not tell, and they are the only
// requests of a session that has nothing else to ask.
type pings struct {
	mu      sync.Mutex                   // the library writes on one goroutine and reads on another
	others  func(xid uint32, zxid int64) // is told of every other answer, if not nil
	unheard int                          // sent and not answered yet
	sent    time.Time                    // when the first of them was; zero if that is answered

	// Of the reader: where it is in the frames that come in.
	head   [4]byte  // the length of the frame
	have   int      // how much of it is there
	left   int      // how much of the frame is still to come
	header [12]byte // what it begins with: an xid and a zxid
	seen   int      // how much of that is there
}

// A ping's frame (ClientCnxn in ZooKeeper): the length, xid -2, opcode 11. Its answer begins with the same xid.
var (
	pingFrame = []byte{0, 0, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 11}
	pingXid   = [4]byte(pingFrame[4:8])
)

// wrote is told what is written, before it is.
func (p *pings) wrote(frame []byte) {
	if !bytes.Equal(frame, pingFrame) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unheard == 0 {
		p.sent = time.Now()
	}
	p.unheard++
}

// read is told what was read. It returns when the ping was sent whose answer is in it; the zero time if none is.
func (p *pings) read(b []byte) (sent time.Time) {
	for len(b) > 0 {
		if p.left == 0 {
			n := copy(p.head[p.have:], b)
			p.have, b = p.have+n, b[n:]
			if p.have == len(p.head) {
				p.have, p.seen, p.left = 0, 0, int(binary.BigEndian.Uint32(p.head[:]))
			}
			continue
		}
		n := min(len(b), p.left)
		if p.seen < len(p.header) {
			p.seen += copy(p.header[p.seen:], b[:n])
			switch {
			case p.seen < len(p.header):
			case [4]byte(p.header[:4]) == pingXid:
				sent = p.heard()
			case p.others != nil:
				p.others(binary.BigEndian.Uint32(p.header[:]), int64(binary.BigEndian.Uint64(p.header[4:])))
			}
		}
		p.left, b = p.left-n, b[n:]
	}
	return sent
}

func (p *pings) heard() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := p.sent
	p.sent = time.Time{}
	p.unheard = max(p.unheard-1, 0)
	return sent
}
