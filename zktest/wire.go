package zktest

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxPacket is jute.maxbuffer: a frame that claims more than this closes its connection.
const maxPacket = 0xfffff

// decoder reads the fields of a record one after the other. The first field that does not fit sets bad, and
// everything after it reads as zero, so a caller checks once at the end.
type decoder struct {
	buf []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.buf) {
		d.bad = true
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) bool() bool {
	b := d.take(1)
	return b != nil && b[0] != 0
}

func (d *decoder) int32() int32 {
	if b := d.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (d *decoder) int64() int64 {
	if b := d.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// buffer reads a byte buffer, which is nil if the client sent none (a length of -1).
func (d *decoder) buffer() []byte {
	n := d.int32()
	if n == -1 {
		return nil
	}
	b := d.take(int(n))
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// string reads a string that the handler cannot do without: a missing one spoils the record, as a null does
// in the original. Invalid UTF-8 becomes U+FFFD, which no path may contain.
func (d *decoder) string() string {
	s, ok := d.optional()
	if !ok {
		d.bad = true
	}
	return s
}

// optional reads a string that may be missing.
func (d *decoder) optional() (s string, ok bool) {
	n := d.int32()
	if n == -1 {
		return "", false
	}
	b := d.take(int(n))
	if !utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), string(utf8.RuneError)), true
	}
	return string(b), true
}

// strings reads a vector of strings. The length is what the client claims, so nothing is allocated by it.
func (d *decoder) strings() []string {
	n := d.int32()
	if n == -1 {
		d.bad = true
	}
	var ss []string
	for ; n > 0 && !d.bad; n-- {
		ss = append(ss, d.string())
	}
	return ss
}

// encoder builds one frame. The first four bytes are its length, filled in by frame.
type encoder struct {
	buf []byte
}

func newEncoder() *encoder { return &encoder{buf: make([]byte, 4, 128)} }

func (e *encoder) bool(v bool) {
	if v {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) int32(v int32) { e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(v)) }
func (e *encoder) int64(v int64) { e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(v)) }

func (e *encoder) buffer(b []byte) {
	if b == nil {
		e.int32(-1)
		return
	}
	e.int32(int32(len(b)))
	e.buf = append(e.buf, b...)
}

// string writes what is beyond the basic plane as the original does: as two surrogates of three bytes each.
func (e *encoder) string(s string) {
	if strings.IndexFunc(s, func(r rune) bool { return r > 0xffff }) >= 0 {
		s = surrogates(s)
	}
	e.int32(int32(len(s)))
	e.buf = append(e.buf, s...)
}

func surrogates(s string) string {
	var b []byte
	for _, r := range s {
		if r <= 0xffff {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, half := range utf16.AppendRune(nil, r) {
			b = append(b, 0xe0|byte(half>>12), 0x80|byte(half>>6&0x3f), 0x80|byte(half&0x3f))
		}
	}
	return string(b)
}

func (e *encoder) strings(ss []string) {
	e.int32(int32(len(ss)))
	for _, s := range ss {
		e.string(s)
	}
}

func (e *encoder) header(xid int32, zxid int64, code Code) {
	e.int32(xid)
	e.int64(zxid)
	e.int32(int32(code))
}

func (e *encoder) frame() []byte {
	binary.BigEndian.PutUint32(e.buf, uint32(len(e.buf)-4))
	return e.buf
}
