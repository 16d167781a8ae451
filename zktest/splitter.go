package zktest

import "encoding/binary"

// splitter cuts the bytes of a connection into frames. The first may be a four-letter word.
type splitter struct {
	buf   []byte
	begun bool // a frame has been seen
	over  bool // nothing that comes is looked at
}

// feed takes bytes, which it keeps, and hands the connection every frame that is complete. A length out of range
// ends the connection.
func (p *splitter) feed(c *conn, b []byte) {
	if p.over {
		return
	}
	if len(p.buf) == 0 {
		p.buf = b
	} else {
		p.buf = append(p.buf, b...)
	}
	for len(p.buf) >= 4 && !p.over {
		head := p.buf[:4]
		n := int32(binary.BigEndian.Uint32(head))
		switch {
		case !p.begun && isWord(string(head)):
			p.over = true
			c.arrive(head)
		case n < 0 || n > maxPacket:
			p.over = true
			c.hangUp()
		case len(p.buf) < 4+int(n):
			return
		default:
			p.begun = true
			frame := p.buf[4 : 4+n : 4+n]
			p.buf = p.buf[4+n:]
			c.arrive(frame)
		}
	}
	if len(p.buf) == 0 {
		p.buf = nil
	}
}
