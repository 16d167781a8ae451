package conformance

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// body builds the body of a request.
type body []byte

func (b body) i32(v int32) body  { return binary.BigEndian.AppendUint32(b, uint32(v)) }
func (b body) i64(v int64) body  { return binary.BigEndian.AppendUint64(b, uint64(v)) }
func (b body) raw(s string) body { return append(b, s...) }

func (b body) flag(v bool) body {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func (b body) str(s string) body { return append(b.i32(int32(len(s))), s...) }

// buf appends a buffer; nil is sent as none.
func (b body) buf(data []byte) body {
	if data == nil {
		return b.i32(-1)
	}
	return append(b.i32(int32(len(data))), data...)
}

func (b body) strs(ss ...string) body {
	b = b.i32(int32(len(ss)))
	for _, s := range ss {
		b = b.str(s)
	}
	return b
}

type acl struct {
	perms      int32
	scheme, id string
}

var open = []acl{{31, "world", "anyone"}}

func (b body) acls(list []acl) body {
	b = b.i32(int32(len(list)))
	for _, a := range list {
		b = b.i32(a.perms).str(a.scheme).str(a.id)
	}
	return b
}

// reader takes a reply apart into fields that can be compared.
type reader struct {
	buf    []byte
	names  names
	fields []string
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.buf) {
		r.add("short", "%d of %d bytes", len(r.buf), n)
		r.buf = nil
		return nil
	}
	b := r.buf[:n]
	r.buf = r.buf[n:]
	return b
}

func (r *reader) add(name, format string, args ...any) {
	r.fields = append(r.fields, name+"="+fmt.Sprintf(format, args...))
}

func (r *reader) i32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) i64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (r *reader) buffer() string {
	n := r.i32()
	if n == -1 {
		return "none"
	}
	return fmt.Sprintf("%q", r.take(int(n)))
}

func (r *reader) strs() []string {
	n := r.i32()
	if n == -1 {
		return []string{"none"}
	}
	var ss []string
	for ; n > 0 && len(r.buf) > 0; n-- {
		ss = append(ss, r.buffer())
	}
	return ss
}

func (r *reader) path() { r.add("path", "%s", r.buffer()) }

// list notes a list that has no order.
func (r *reader) list(name string) {
	ss := r.strs()
	slices.Sort(ss)
	r.add(name, "%s", strings.Join(ss, " "))
}

func (r *reader) acls() {
	for n := r.i32(); n > 0 && len(r.buf) > 0; n-- {
		r.add("acl", "%d %s %s", r.i32(), r.buffer(), r.buffer())
	}
}

func (r *reader) stat() {
	czxid, mzxid := r.i64(), r.i64()
	ctime, mtime := r.i64(), r.i64()
	r.add("czxid", "%s", r.names.zxid(czxid))
	r.add("mzxid", "%s", r.names.zxid(mzxid))
	r.add("ctime", "%s", someTime(ctime))
	r.add("mtime", "%s", someTime(mtime))
	r.add("later", "%t", mtime > ctime && mzxid == czxid)
	r.add("version", "%d", r.i32())
	r.add("cversion", "%d", r.i32())
	r.add("aversion", "%d", r.i32())
	r.add("owner", "%s", r.names.session(r.i64()))
	r.add("length", "%d", r.i32())
	r.add("children", "%d", r.i32())
	r.add("pzxid", "%s", r.names.zxid(r.i64()))
}

// someTime says whether a time is set, and in milliseconds of this century.
func someTime(ms int64) string {
	switch {
	case ms == 0:
		return "0"
	case ms > 946684800000 && ms < 4102444800000:
		return "some"
	}
	return fmt.Sprint(ms)
}

// names turns what differs between two servers into what should not.
type names struct {
	base     int64            // the zxid that counts as 1
	sessions map[int64]string // by id
}

func (n names) zxid(z int64) string {
	if z <= 0 {
		return fmt.Sprint(z)
	}
	return fmt.Sprintf("+%d", z-n.base)
}

func (n names) session(id int64) string {
	if name, ok := n.sessions[id]; ok {
		return name
	}
	return fmt.Sprintf("%#x", uint64(id))
}
