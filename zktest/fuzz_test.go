package zktest

import (
	"encoding/binary"
	"maps"
	"net"
	"slices"
	"testing"
	"time"
)

// sink is a wire that keeps what the server sends.
type sink struct {
	got   []byte
	ended bool
}

func (w *sink) send(b []byte)    { w.got = append(w.got, b...) }
func (w *sink) close()           { w.ended = true }
func (w *sink) reset()           { w.ended = true }
func (w *sink) remote() net.Addr { return memAddr("127.0.0.1:1") }

// frames checks that what the server has sent is whole frames, and returns them.
func (w *sink) frames(t *testing.T) [][]byte {
	t.Helper()
	var frames [][]byte
	for b := w.got; len(b) > 0; {
		if len(b) < 4 || len(b)-4 < int(binary.BigEndian.Uint32(b)) {
			t.Fatalf("the server sent a broken frame: % x", b)
		}
		n := 4 + int(binary.BigEndian.Uint32(b))
		frames = append(frames, b[4:n])
		b = b[n:]
	}
	return frames
}

// bench is a server with two connections, without a network and without goroutines but the agenda's: everything that
// a request does has been done when feed returns.
type bench struct {
	s              *Server
	victim, other  *sink
	vconn, oconn   *conn
	vsplit, osplit splitter
}

func newBench(t *testing.T) *bench {
	s, err := Start(InMemory(), Super("super:test"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{s: s, victim: &sink{}, other: &sink{}}
	s.mu.Lock()
	b.vconn = s.connect(s.members[0], nil, b.victim)
	b.oconn = s.connect(s.members[0], nil, b.other)
	s.mu.Unlock()
	b.feed(&b.osplit, b.oconn, hello(10*time.Second))
	return b
}

func (b *bench) feed(p *splitter, c *conn, bytes []byte) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	p.feed(c, bytes)
}

// finish ends the victim's connection and checks that it has left nothing behind and hurt nobody.
func (b *bench) finish(t *testing.T) {
	b.victim.frames(t)
	b.other.got = nil
	e := newEncoder()
	e.int32(-2)
	e.int32(int32(OpPing))
	b.feed(&b.osplit, b.oconn, e.frame())
	if len(b.other.frames(t)) != 1 || b.other.ended {
		t.Error("another client's ping is not answered")
	}
	b.s.mu.Lock()
	b.vconn.hangUp()
	m := b.s.members[0]
	if len(m.conns) != 1 || len(b.s.open) != 1 || m.data.total()+m.kids.total() != 0 {
		t.Errorf("left behind: %d connections, %d open, %d watches", len(m.conns)-1, len(b.s.open)-1, m.data.total()+m.kids.total())
	}
	checkTree(t, m.tree)
	if n := len(m.reign.outstanding) + len(m.reign.changes) + len(m.log); n != 0 {
		t.Errorf("%d changes hang", n)
	}
	b.s.mu.Unlock()
	b.s.Close()
}

// checkTree checks that parents and children, and all the indexes, agree.
func checkTree(t *testing.T, tree *tree) {
	t.Helper()
	for path, n := range tree.nodes {
		if !validPath(path) {
			t.Errorf("a node has the path %q", path)
		}
		if path != "/" {
			parent, name, _ := splitPath(path)
			if p := tree.get(parent); p == nil || !p.children[name] {
				t.Errorf("%q hangs in the air", path)
			}
		}
		for name := range n.children {
			if tree.nodes[parentJoin(path, name)] == nil {
				t.Errorf("%q has a child %q that is not there", path, name)
			}
		}
		if ownerKind(n.stat.owner) == ownedBySession && !tree.ephemerals[n.stat.owner][path] {
			t.Errorf("%q is missing from its session", path)
		}
	}
	for id, paths := range tree.ephemerals {
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			if n := tree.nodes[path]; n == nil || n.stat.owner != id {
				t.Errorf("session %x claims %q", id, path)
			}
		}
	}
}

func parentJoin(parent, name string) string {
	if parent == "/" {
		return "/" + name
	}
	return parent + "/" + name
}

// hello is the frame that opens a session.
func hello(timeout time.Duration) []byte {
	e := newEncoder()
	e.int32(0)
	e.int64(0)
	e.int32(int32(timeout.Milliseconds()))
	e.int64(0)
	e.buffer(make([]byte, 16))
	e.bool(false)
	return e.frame()
}

// seeds are requests that make sense, each of which goes into the corpus, one by one and all in a row.
func seeds() map[Op]func(*encoder) {
	create := func(path string, flags int32) func(*encoder) {
		return func(e *encoder) {
			e.string(path)
			e.buffer([]byte("data"))
			e.acls([]ACL{{PermAll, "world", "anyone"}, {PermRead, "digest", "a:b"}, {PermRead, "ip", "10.0.0.0/8"}})
			e.int32(flags)
		}
	}
	look := func(e *encoder) { e.string("/a"); e.bool(true) }
	versioned := func(e *encoder) { e.string("/a"); e.int32(-1) }
	multi := func(e *encoder) {
		e.multiHeader(OpCreate, false, -1)
		create("/a/m-", 3)(e)
		e.multiHeader(OpSetData, false, -1)
		e.string("/a")
		e.buffer(nil)
		e.int32(-1)
		e.multiHeader(OpCheck, false, -1)
		versioned(e)
		e.multiHeader(opError, true, -1)
	}
	watches := func(e *encoder) {
		e.int64(1)
		e.strings([]string{"/a"})
		e.strings([]string{"/b"})
		e.strings([]string{"/"})
	}
	return map[Op]func(*encoder){
		OpCreate: create("/a", 0), OpCreate2: create("/b", 1), OpCreateContainer: create("/c", 4),
		OpCreateTTL: func(e *encoder) { create("/d", 5)(e); e.int64(1000) },
		OpExists:    look, OpGetData: look, OpGetChildren: look, OpGetChildren2: look,
		OpSetData:      func(e *encoder) { e.string("/a"); e.buffer([]byte("x")); e.int32(-1) },
		OpSetACL:       func(e *encoder) { e.string("/a"); e.acls(worldACL); e.int32(-1) },
		OpGetACL:       func(e *encoder) { e.string("/a") },
		OpSync:         func(e *encoder) { e.string("/a") },
		OpMulti:        multi,
		OpMultiRead:    func(e *encoder) { e.multiHeader(OpGetData, false, -1); look(e); e.multiHeader(opError, true, -1) },
		OpSetAuth:      func(e *encoder) { e.int32(0); e.string("digest"); e.buffer([]byte("super:test")) },
		OpSetWatches:   watches,
		OpSetWatches2:  func(e *encoder) { watches(e); e.strings([]string{"/"}); e.strings([]string{"/a"}) },
		OpAddWatch:     func(e *encoder) { e.string("/a"); e.int32(1) },
		OpCheckWatches: versioned, OpRemoveWatches: func(e *encoder) { e.string("/a"); e.int32(3) },
		OpGetEphemerals: func(e *encoder) { e.string("/") }, OpGetChildrenNumber: func(e *encoder) { e.string("/") },
		OpWhoAmI: func(*encoder) {}, OpPing: func(*encoder) {}, OpSasl: func(e *encoder) { e.buffer(nil) },
		OpReconfig: func(e *encoder) { e.string(""); e.string(""); e.string(""); e.int64(-1) },
		OpCheck:    versioned, OpDelete: versioned, OpDeleteContainer: versioned, OpCreateSession: func(e *encoder) { e.int32(5000) },
		OpCloseSession: func(*encoder) {},
	}
}

func requestFrame(xid int32, op Op, body []byte) []byte {
	e := newEncoder()
	e.int32(xid)
	e.int32(int32(op))
	e.buf = append(e.buf, body...)
	return e.frame()
}

// FuzzRequest sends a session two requests of the fuzzer's making.
func FuzzRequest(f *testing.F) {
	all := seeds()
	ops := slices.Sorted(maps.Keys(all))
	for i, op := range ops {
		first, second := newEncoder(), newEncoder()
		all[op](first)
		next := ops[(i+1)%len(ops)]
		all[next](second)
		f.Add(int32(op), first.buf[4:], int32(next), second.buf[4:])
		f.Add(int32(OpCreate), first.buf[4:], int32(op), first.buf[4:])
	}
	f.Fuzz(func(t *testing.T, op1 int32, body1 []byte, op2 int32, body2 []byte) {
		b := newBench(t)
		b.feed(&b.vsplit, b.vconn, hello(4*time.Second))
		b.feed(&b.vsplit, b.vconn, requestFrame(1, Op(op1), body1))
		b.feed(&b.vsplit, b.vconn, requestFrame(2, Op(op2), body2))
		b.finish(t)
	})
}

// FuzzStream sends bytes of the fuzzer's making from the first one on, in two pieces.
func FuzzStream(f *testing.F) {
	all := seeds()
	stream := hello(4 * time.Second)
	for i, op := range slices.Sorted(maps.Keys(all)) {
		e := newEncoder()
		all[op](e)
		stream = append(stream, requestFrame(int32(i), op, e.buf[4:])...)
		f.Add(slices.Clone(stream), uint16(i*7))
	}
	for word := range words {
		f.Add([]byte(word), uint16(2))
	}
	f.Add([]byte("\xff\xff\xff\xff"), uint16(0))
	f.Add([]byte("\x00\x0f\xff\xff and not that much"), uint16(9))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		b := newBench(t)
		n := min(int(cut), len(data))
		b.feed(&b.vsplit, b.vconn, data[:n])
		b.feed(&b.vsplit, b.vconn, data[n:])
		if b.vsplit.begun {
			b.finish(t)
			return
		}
		b.victim.got = nil // a four-letter word's answer has no frames
		b.finish(t)
	})
}
