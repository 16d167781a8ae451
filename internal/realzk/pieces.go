package realzk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// piecewise cuts a stream into the pieces that a proxy works on. next returns a piece, an error, or both, as
// io.Reader's Read does; the piece is valid until the next call.
type piecewise interface {
	next() ([]byte, error)
}

// chunks are pieces as they come.
type chunks struct {
	r   io.Reader
	buf [32 << 10]byte
}

func (c *chunks) next() ([]byte, error) {
	n, err := c.r.Read(c.buf[:])
	return c.buf[:n], err
}

// frames are ZooKeeper's frames, length and all. If the stream turns out to hold something else (a four-letter
// command, TLS) the rest comes as chunks.
type frames struct {
	r   *bufio.Reader
	raw *chunks
}

func newFrames(r io.Reader) *frames { return &frames{r: bufio.NewReader(r)} }

func (f *frames) next() ([]byte, error) {
	if f.raw != nil {
		return f.raw.next()
	}
	head, err := f.r.Peek(4)
	if err != nil {
		return head, err
	}
	n := binary.BigEndian.Uint32(head)
	if n > maxFrame {
		f.raw = &chunks{r: f.r}
		return f.raw.next()
	}
	frame := make([]byte, 4+n)
	got, err := io.ReadFull(f.r, frame)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return frame[:got], err
}

// body is the frame that a piece is, without its length; false if it is none, or the stream ended within it.
func (f *frames) body(piece []byte) ([]byte, bool) {
	if f.raw != nil || len(piece) < 4 || int(binary.BigEndian.Uint32(piece)) != len(piece)-4 {
		return nil, false
	}
	return piece[4:], true
}
