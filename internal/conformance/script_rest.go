package conformance

import "fmt"

// ephemerals come and go with their session.
func ephemerals(r *run) {
	r.create("a", "/e")
	r.connect("e", hello{timeout: 40000})
	r.createAs("e", "/e/1", open, 1)
	r.createAs("e", "/e/2", open, 1)
	r.createAs("e", "/e/1/child", open, 0)
	r.createAs("e", "/e/1/child", open, 1)
	r.createAs("e", "/e2", open, 1)
	r.exists("a", "/e/1")
	for _, prefix := range []string{"", "/", " / ", "/e", "/e/", "/e/2", "/none", "e"} {
		r.call("e", fmt.Sprintf("getEphemerals %q", prefix), opGetEphemerals, body(nil).str(prefix))
	}
	r.call("e", "getEphemerals of null", opGetEphemerals, body(nil).i32(-1))
	r.call("e", "getEphemerals cut short", opGetEphemerals, nil)
	r.call("a", "getEphemerals", opGetEphemerals, body(nil).str("/e"))
	r.delete("a", "/e/2", -1)
	r.call("e", "getEphemerals", opGetEphemerals, body(nil).str("/e"))
	r.look("watcher1", "/e/1", opGetData, true)
	r.look("watcher1", "/e", opGetChildren, true)
	r.call("e", "close", opClose, nil)
	r.ends("e")
	r.exists("a", "/e")
	r.exists("a", "/e/1")
	r.exists("a", "/e2")
}

// sequences number the children of a node, whatever their names.
func sequences(r *run) {
	r.create("a", "/s")
	for _, path := range []string{"/s/a", "/s/a", "/s/b", "/s/", "/s/a"} {
		r.call("a", "sequential "+path, opCreate, makeNode(path, nil, open, 2))
	}
	r.create("a", "/s/plain")
	r.call("a", "sequential", opCreate2, makeNode("/s/a", nil, open, 3))
	r.delete("a", "/s/plain", -1)
	r.call("a", "sequential", opCreate2, makeNode("/s/a", nil, open, 2))
	r.call("a", "sequential at the root", opCreate, makeNode("/", nil, open, 2))
	r.call("a", "sequential at the root", opCreate, makeNode("/root-", nil, open, 2))
	r.call("a", "sequential with a TTL", opCreateTTL, makeTTL("/s/t", 6, 5000))
	r.list("a", "/s")
}

// kinds puts children below nodes of every kind.
func kinds(r *run) {
	r.create("a", "/kind")
	r.call("a", "container", opCreateContainer, makeNode("/kind/c", nil, open, 4))
	r.call("a", "ttl", opCreateTTL, makeTTL("/kind/t", 5, 1<<40-1))
	r.createAs("a", "/kind/e", open, 1)
	for _, parent := range []string{"/kind/c", "/kind/t", "/kind/e"} {
		r.create("a", parent+"/1")
		r.createAs("a", parent+"/2", open, 1)
		r.exists("a", parent)
		r.delete("a", parent, -1)
	}
	r.call("a", "deleteContainer", opDeleteContainer, body(nil).str("/kind/c").i32(-1))
	r.call("a", "deleteContainer of nothing", opDeleteContainer, body(nil).str("/kind/none").i32(-1))
	r.call("a", "reconfig", opReconfig, body(nil).str("").str("").str("").i64(-1))
}

// oddRequests are of types that a client has no business sending.
func oddRequests(r *run) {
	for _, op := range []int32{0, -1, 10, 23, 99, 108, 1 << 30, -1 << 31} {
		r.connect("odd", hello{timeout: 40000})
		r.call("odd", fmt.Sprintf("request of type %d", op), op, nil)
		r.ends("odd")
	}
	r.connect("odd", hello{timeout: 40000})
	r.call("odd", "sasl", opSasl, body(nil).buf([]byte("x")))
	r.call("odd", "ping", opPing, nil)
	r.exchange("odd", "ping with xid -2", opPing, -2, nil)
	r.call("odd", "ping with a body", opPing, body(nil).raw("body"))
}

// malformed sends requests that end too early, say too much, or claim too much.
func malformed(r *run) {
	r.connect("bad", hello{timeout: 40000})
	for _, op := range []int32{
		opCreate, opDelete, opExists, opGetData, opSetData, opGetACL, opSetACL, opGetChildren, opSync, opGetChildren2,
		opCheck, opMulti, opCreate2, opCheckWatches, opRemoveWatches, opCreateContainer, opCreateTTL, opMultiRead,
		opSetWatches, opGetEphemerals, opChildrenNumber, opSetWatches2, opAddWatch,
	} {
		r.call("bad", fmt.Sprintf("type %d without a body", op), op, nil)
		r.call("bad", fmt.Sprintf("type %d with a null path", op), op, body(nil).i32(-1).i32(0).i32(0).i32(0).i32(0))
		r.call("bad", fmt.Sprintf("type %d with a path that is not there", op), op, body(nil).i32(1000).raw("/x"))
		r.call("bad", fmt.Sprintf("type %d with a negative length", op), op, body(nil).i32(-2).raw("/x"))
	}
	r.call("bad", "more than a request", opExists, body(nil).str("/").flag(false).raw("and more"))
	r.call("bad", "a list that claims a billion", opCreate, body(nil).str("/bad").buf(nil).i32(1<<30))
	for _, frame := range []body{
		nil,
		body(nil).i32(1),
		body(nil).i32(1).raw("abc"),
	} {
		r.connect("bad", hello{timeout: 40000})
		r.peers["bad"].send(frame)
		r.ends("bad")
	}
	r.connect("bad", hello{timeout: 40000})
	r.call("bad", "auth cut short", opAuth, body(nil).i32(0))
	for _, raw := range []string{"\xff\xff\xff\xff", "\x80\x00\x00\x00", "\x00\x10\x00\x00", "\x7f\xff\xff\xff", "GET / HTTP/1.0\r\n\r\n"} {
		r.connect("bad", hello{timeout: 40000})
		r.peers["bad"].nc.Write([]byte(raw))
		r.ends("bad")
		r.open("raw")
		r.peers["raw"].nc.Write([]byte(raw))
		r.ends("raw")
	}
	const almostTooLong = "\x00\x0f\xff\xff" // the server waits for the rest
	r.connect("bad", hello{timeout: 40000})
	r.peers["bad"].nc.Write([]byte(almostTooLong))
	r.hangs("bad")
	r.open("raw")
	r.peers["raw"].nc.Write([]byte(almostTooLong))
	r.hangs("raw")
	for _, hello := range []body{nil, body(nil).i32(0), body(nil).i32(0).i64(0).i32(6000).i64(0), body(nil).i32(0).i64(0).i32(6000).i64(0).i32(99)} {
		r.open("raw")
		r.peers["raw"].send(hello)
		r.ends("raw")
	}
	r.exists("a", "/")
}

// quotas are counted below /zookeeper/quota.
func quotas(r *run) {
	r.create("a", "/q")
	r.create("a", "/q/1")
	r.create("a", "/zookeeper/quota/q")
	limit := []byte("count=5,bytes=100")
	r.call("a", "limit", opCreate, makeNode("/zookeeper/quota/q/zookeeper_limits", limit, open, 0))
	r.call("a", "stats", opCreate, makeNode("/zookeeper/quota/q/zookeeper_stats", []byte("count=0,bytes=0"), open, 0))
	r.get("a", "/zookeeper/quota/q/zookeeper_stats")
	for i := range 8 {
		r.create("a", fmt.Sprintf("/q/1/%d", i))
	}
	r.set("a", "/q/1", []byte("much more"), -1)
	r.delete("a", "/q/1/0", -1)
	r.get("a", "/zookeeper/quota/q/zookeeper_stats")
	r.get("a", "/zookeeper/quota/q/zookeeper_limits")
	r.delete("a", "/zookeeper/quota/q/zookeeper_limits", -1)
	r.create("a", "/q/2")
	r.get("a", "/zookeeper/quota/q/zookeeper_stats")
}

// farewells ends what is left.
func farewells(r *run) {
	r.call("a", "getAllChildrenNumber", opChildrenNumber, body(nil).str("/"))
	for _, as := range []string{"watcher1", "watcher2", "bob", "super", "ip", "a"} {
		r.call(as, "close", opClose, nil)
		r.ends(as)
	}
	r.connect("late", hello{timeout: 36000})
	r.exists("late", "/kind")
	r.list("late", "/kind")
}
