package dial

import (
	"testing"
	"testing/synctest"
	"time"
)

// create is a CreateRequest, as far as this package looks at it.
func create(xid int32, path string) []byte {
	return frame(xid, int32(opCreate), int32(len(path)), []byte(path), int32(-1), int32(0), int32(3))
}

// created is an answer to it.
func createdAt(xid int32, zxid int64, path string) []byte {
	return frame(xid, zxid, int32(0), int32(len(path)), []byte(path))
}

// TestCreated: of the creates that were expected, and of no other, the zxid is known when the answer has been read.
func TestCreated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, _ := listening(t)
		d := c.(*conn).dialer
		exchange(t, c, server, create(1, "/a"), createdAt(1, 100, "/a0"), time.Second)
		d.Expect("/a")
		d.Expect("/b")
		d.Expect("/c")
		exchange(t, c, server, create(2, "/a"), createdAt(2, 200, "/a1"), time.Second)
		exchange(t, c, server, create(3, "/ab"), createdAt(3, 300, "/ab0"), time.Second)
		exchange(t, c, server, create(4, "/b"), reply(9, 0), time.Second) // not the answer
		exchange(t, c, server, frame(int32(5), int32(2), int32(2), []byte("/c"), int32(-1)), createdAt(5, 500, "/c"), time.Second)
		for path, want := range map[string]int64{"/a": 200, "/ab": 0, "/b": 0, "/c": 0} {
			if got := d.Created(path); got != want {
				t.Errorf("%s was created at %d, want %d", path, got, want)
			}
		}
		exchange(t, c, server, create(6, "/a"), createdAt(6, 600, "/a2"), time.Second)
		if got := d.Created("/a"); got != 0 {
			t.Errorf("/a is expected still: %d", got)
		}
		if n := len(d.created.asked) + len(d.created.zxids); n != 0 {
			t.Errorf("%d entries are left", n)
		}
	})
}

// TestCreatesOfOthersCostNothing: what nobody expects is not copied.
func TestCreatesOfOthersCostNothing(t *testing.T) {
	d := New(Options{})
	defer d.Close()
	d.Expect("/a")
	request := create(1, "/b/a-path-that-does-not-fit-into-a-small-buffer-on-the-stack")
	if n := testing.AllocsPerRun(100, func() { d.created.wrote(request) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzCreated: whatever is written, nothing panics.
func FuzzCreated(f *testing.F) {
	f.Add(create(1, "/a"))
	f.Add(create(1, "/a")[:18])
	f.Add(frame(int32(1), int32(opCreate), int32(-1)))
	f.Add(frame(int32(1), int32(opCreate), int32(0x7fffffff), []byte("/a")))
	f.Fuzz(func(t *testing.T, written []byte) {
		d := New(Options{})
		d.Expect("/a")
		d.created.wrote(written)
		d.Created("/a")
	})
}
