package conformance

// checks sends a version check by itself, which no library does.
func checks(r *run) {
	r.create("a", "/check")
	if !r.ensemble { // the followers of a real leader do not survive it
		r.unanswered("a", "check that succeeds", opCheck, body(nil).str("/check").i32(-1))
	}
	r.call("a", "check of a wrong version", opCheck, body(nil).str("/check").i32(7))
	r.call("a", "check of nothing", opCheck, body(nil).str("/check/none").i32(-1))
	r.call("a", "check of a bad path", opCheck, body(nil).str("x").i32(-1))
}

// multis commits and rolls back.
func multis(r *run) {
	r.create("a", "/m")
	r.multi("a", "nothing")
	r.multi("a", "one check", checkNode("/m", -1))
	r.multi("a", "one failing check", checkNode("/m", 9))
	r.multi("a", "all kinds", newNode("/m/1", 0), setNode("/m/1", 0), checkNode("/m/1", 1), newNode("/m/2", 0), dropNode("/m/2", 0))
	r.list("a", "/m")
	r.get("a", "/m/1")
	r.multi("a", "first fails", newNode("/m/1", 0), newNode("/m/3", 0))
	r.multi("a", "middle fails", newNode("/m/3", 0), newNode("/m/1", 0), newNode("/m/4", 0), newNode("/m/5", 0))
	r.multi("a", "last fails", newNode("/m/3", 0), setNode("/m/1", -1), dropNode("/m/none", -1))
	r.list("a", "/m")
	r.get("a", "/m/1")
	r.multi("a", "each error",
		newNode("/m/none/x", 0))
	r.multi("a", "bad path", newNode("m", 0))
	r.multi("a", "bad version", setNode("/m/1", 9))
	r.multi("a", "not empty", dropNode("/m", -1))
	r.multi("a", "bad flags", newNode("/m/6", 99))
	r.multi("a", "bad acl", operation{opCreate, makeNode("/m/6", nil, nil, 0)})
	r.multi("a", "root", dropNode("/", -1))
	r.multi("a", "parent and child", newNode("/m/7", 0), newNode("/m/7/1", 0), newNode("/m/7/1/1", 0))
	r.multi("a", "child gone before parent", dropNode("/m/7/1/1", -1), dropNode("/m/7/1", -1), dropNode("/m/7", -1))
	r.multi("a", "delete and create again", newNode("/m/8", 0), dropNode("/m/8", -1), newNode("/m/8", 0))
	r.exists("a", "/m/8")
	r.multi("a", "sequential", newNode("/m/s-", 2), newNode("/m/s-", 2), newNode("/m/s-", 3))
	r.multi("a", "sequential, rolled back", newNode("/m/s-", 2), newNode("/m/s-", 2), checkNode("/m/none", -1))
	r.multi("a", "sequential again", newNode("/m/s-", 2))
	r.multi("a", "ephemeral and child", newNode("/m/e", 1), newNode("/m/e/1", 0))
	r.multi("a", "container", newNode("/m/c", 4))
	r.multi("a", "container as such", operation{opCreateContainer, makeNode("/m/c2", nil, open, 4)})
	r.multi("a", "container with flags of another", operation{opCreateContainer, makeNode("/m/c3", nil, open, 0)})
	r.multi("a", "create2", operation{opCreate2, makeNode("/m/c4", []byte("x"), open, 0)})
	r.multi("a", "ttl", operation{opCreateTTL, makeTTL("/m/t", 5, 100000)})
	r.multi("a", "ttl with flags of another", operation{opCreateTTL, makeTTL("/m/t2", 0, 100000)})
	r.multi("a", "ttl without a ttl", newNode("/m/t3", 5))
	r.multi("a", "bad ttl", operation{opCreateTTL, makeTTL("/m/t4", 5, 0)})
	r.list("a", "/m")
	r.multi("a", "with a read", newNode("/m/9", 0), operation{opGetData, body(nil).str("/m").flag(false)})
	r.multi("a", "of reads", operation{opGetData, body(nil).str("/m").flag(false)})
	r.multi("a", "with setACL", operation{opSetACL, body(nil).str("/m").acls(open).i32(-1)})
	r.call("a", "multi cut short", opMulti, transaction(newNode("/m/10", 0))[:20])
	r.call("a", "multi without an end", opMulti, transaction(newNode("/m/10", 0))[:len(transaction(newNode("/m/10", 0)))-9])
	r.call("a", "multi of nothing at all", opMulti, nil)
	r.exists("a", "/m/10")
}

// multiReads reads several nodes at once.
func multiReads(r *run) {
	read := func(op int32, path string) operation { return operation{op, body(nil).str(path).flag(true)} }
	r.call("a", "multiRead", opMultiRead, transaction(read(opGetData, "/m/1"), read(opGetChildren, "/m"), read(opGetData, "/none"),
		read(opGetChildren, "/none"), read(opGetData, "/id/own"), read(opGetData, "/m/1")))
	r.call("a", "multiRead of nothing", opMultiRead, transaction())
	r.call("a", "multiRead with a write", opMultiRead, transaction(read(opGetData, "/m/1"), newNode("/m/11", 0)))
	r.call("a", "multiRead of a write", opMultiRead, transaction(newNode("/m/11", 0)))
	r.call("a", "multiRead of exists", opMultiRead, transaction(read(opExists, "/m")))
	r.set("a", "/m/1", nil, -1)
}
