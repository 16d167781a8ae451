package conformance

import (
	"fmt"
	"strings"
)

// handshakes opens sessions of all kinds: how the timeout is negotiated, what an old client gets, how a session is
// taken up again and what happens if it cannot be.
func handshakes(r *run) {
	for _, timeout := range []int32{-1, 0, 1, 3999, 4000, 6001, 39999, 40000, 40001, 1 << 30} {
		r.connect("timeouts", hello{timeout: timeout})
		r.call("timeouts", "close", opClose, nil)
		r.ends("timeouts")
	}
	r.connect("old", hello{timeout: 36000, short: true})
	r.connect("nopassword", hello{timeout: 36000, password: nil})
	old := *r.peers["old"]
	r.connect("old", hello{timeout: 38000, session: old.session, password: old.password})
	r.call("old", "ping", opPing, nil)
	r.connect("second", hello{timeout: 38000, session: old.session, password: old.password})
	r.ends("old")
	r.connect("thief", hello{timeout: 38000, session: old.session, password: make([]byte, 16)})
	r.ends("thief")
	r.ends("second")
	r.connect("ghost", hello{timeout: 38000, session: 0x1234, password: make([]byte, 16)})
	r.ends("ghost")
	r.connect("ahead", hello{timeout: 38000, seen: 1 << 40})
	r.connect("second", hello{timeout: 38000, session: old.session, password: old.password})
	r.call("second", "close", opClose, nil)
	r.ends("second")
	r.connect("second", hello{timeout: 38000, session: old.session, password: old.password})
}

// births looks at what a server is born with.
func births(r *run) {
	for _, path := range []string{"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", ""} {
		r.exists("a", path)
		r.get("a", path)
		r.list("a", path)
		r.look("a", path, opGetChildren, false)
		r.getACL("a", path)
		r.call("a", "getAllChildrenNumber "+path, opChildrenNumber, body(nil).str(path))
	}
	for _, path := range []string{"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "", "x"} {
		r.delete("a", path, -1)
		r.createAs("a", path, open, 0)
	}
	r.set("a", "/zookeeper/config", []byte("x"), -1)
	r.set("a", "/", []byte("root"), -1)
	r.get("a", "/")
	r.set("a", "/", nil, 5)
	r.set("a", "/", nil, 1)
	r.get("a", "/")
}

// paths tries names that are and are not allowed, with every request that takes one.
func paths(r *run) {
	r.create("a", "/p")
	for _, path := range []string{
		"x", "/p/", "//p", "/p//q", "/p/.", "/p/..", "/p/./q", "/p/../q", "/p/...", "/p/.a", "/p/a.", "/p/..a",
		"/p/\x00", "/p/\x01", "/p/\x1f", "/p/\x7f", "/p/\u0080", "/p/\u009f", "/p/\u00a0", "/p/ü", "/p/日本",
		"/p/\ud7ff", "/p/\ue000", "/p/\uf8ff", "/p/\uf900", "/p/\uffef", "/p/\ufff0", "/p/\uffff", "/p/😀", "/p/ ", "/p/a b",
		"/p/\xff", "/nowhere/at/all", "/p/q/r", strings.Repeat("/deep", 5), "/p/" + strings.Repeat("n", 300),
	} {
		quoted := fmt.Sprintf("%q", path)
		r.call("a", "create "+quoted, opCreate, makeNode(path, []byte("d"), open, 0))
		r.call("a", "create sequential "+quoted, opCreate, makeNode(path, []byte("d"), open, 2))
		r.call("a", "exists "+quoted, opExists, body(nil).str(path).flag(false))
		r.call("a", "getData "+quoted, opGetData, body(nil).str(path).flag(false))
		r.call("a", "getChildren "+quoted, opGetChildren, body(nil).str(path).flag(false))
		r.call("a", "setData "+quoted, opSetData, body(nil).str(path).buf(nil).i32(-1))
		r.call("a", "setACL "+quoted, opSetACL, body(nil).str(path).acls(open).i32(-1))
		r.call("a", "sync "+quoted, opSync, body(nil).str(path))
		r.call("a", "delete "+quoted, opDelete, body(nil).str(path).i32(-1))
	}
	r.list("a", "/p")
}

// creates makes nodes of every kind and flag.
func creates(r *run) {
	r.create("a", "/c")
	r.create("a", "/c")
	r.create("a", "/c/1")
	r.create("a", "/none/1")
	for flags := int32(-1); flags <= 8; flags++ {
		for _, op := range []int32{opCreate, opCreate2, opCreateContainer} {
			path := fmt.Sprintf("/c/f%d-%d-", flags, op)
			r.call("a", "flags "+path, op, makeNode(path, []byte("d"), open, flags))
			r.exists("a", path)
		}
	}
	for flags := int32(0); flags <= 6; flags++ {
		for _, ttl := range []int64{-1, 0, 1, 100000, 1<<40 - 1, 1 << 40} {
			if flags != 5 && flags != 6 && ttl < 0 {
				continue // a real server does not survive this one
			}
			path := fmt.Sprintf("/c/t%d-%d", flags, ttl)
			r.call("a", "ttl "+path, opCreateTTL, makeTTL(path, flags, ttl))
			r.exists("a", path)
		}
	}
	r.call("a", "create without data", opCreate2, makeNode("/c/nil", nil, open, 0))
	r.get("a", "/c/nil")
	r.call("a", "create with empty data", opCreate2, makeNode("/c/empty", []byte{}, open, 0))
	r.get("a", "/c/empty")
	r.call("a", "create with much data", opCreate2, makeNode("/c/much", make([]byte, 900_000), open, 0))
	r.exists("a", "/c/much")
	r.list("a", "/c")
}

// deletes removes nodes that can and cannot be.
func deletes(r *run) {
	r.create("a", "/d")
	r.create("a", "/d/x")
	r.delete("a", "/d", -1)
	r.delete("a", "/d/x", 1)
	r.delete("a", "/d/x", -2)
	r.delete("a", "/d/x", 0)
	r.delete("a", "/d/x", 0)
	r.delete("a", "/d/x/y", -1)
	r.exists("a", "/d")
	r.delete("a", "/d", 0)
	r.exists("a", "/d")
}

// data reads and writes.
func data(r *run) {
	r.create("a", "/data")
	r.get("a", "/data")
	r.set("a", "/data", []byte("one"), -1)
	r.set("a", "/data", []byte("two"), 1)
	r.set("a", "/data", []byte("three"), 1)
	r.set("a", "/data", []byte("three"), -3)
	r.set("a", "/data", nil, 2)
	r.get("a", "/data")
	r.set("a", "/data", []byte{}, -1)
	r.get("a", "/data")
	r.set("a", "/data", []byte{0, 255, 10}, -1)
	r.get("a", "/data")
	r.get("a", "/data/none")
	r.set("a", "/data/none", nil, -1)
	r.call("a", "sync", opSync, body(nil).str("/data"))
	r.call("a", "sync", opSync, body(nil).str("/data/none"))
	r.call("a", "sync nothing", opSync, body(nil).str(""))
}

// children counts versions as children come and go.
func children(r *run) {
	r.create("a", "/k")
	for i := range 4 {
		r.create("a", fmt.Sprintf("/k/%d", i))
		r.exists("a", "/k")
	}
	r.create("a", "/k/1/1")
	r.list("a", "/k")
	r.look("a", "/k", opGetChildren, false)
	r.call("a", "getAllChildrenNumber", opChildrenNumber, body(nil).str("/k"))
	r.call("a", "getAllChildrenNumber", opChildrenNumber, body(nil).str("/k/none"))
	for i := range 4 {
		r.delete("a", fmt.Sprintf("/k/%d", i), -1)
		r.exists("a", "/k")
	}
	r.list("a", "/k")
	r.list("a", "/k/none")
	r.look("a", "/k/none", opGetChildren, false)
}
