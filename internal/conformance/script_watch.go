package conformance

// watches sets watches of every kind from two connections, and fires them from a third.
func watches(r *run) {
	r.connect("watcher1", hello{timeout: 40000})
	r.connect("watcher2", hello{timeout: 40000})
	r.create("a", "/w")
	for _, as := range []string{"watcher1", "watcher2", "a"} {
		r.look(as, "/w", opExists, true)
		r.look(as, "/w", opGetData, true)
		r.look(as, "/w", opGetChildren, true)
		r.look(as, "/w", opGetChildren2, true)
		r.look(as, "/w/1", opExists, true)
		r.look(as, "/w/none", opGetData, true)
		r.look(as, "/w/none", opGetChildren, true)
		r.look(as, "/w/none", opGetChildren2, true)
		r.look(as, "w\x00", opExists, true)
	}
	r.create("a", "/w/1")
	r.create("a", "/w/2")
	r.set("a", "/w", []byte("x"), -1)
	r.set("a", "/w", []byte("y"), -1)
	r.look("watcher1", "/w/1", opGetData, true)
	r.look("watcher1", "/w/1", opGetChildren, true)
	r.look("watcher2", "/w/1", opGetChildren2, true)
	r.look("watcher2", "/w", opGetChildren, true)
	r.delete("a", "/w/1", -1)
	r.delete("a", "/w/2", -1)
	r.look("watcher1", "/w", opGetData, true)
	r.look("watcher1", "/w", opGetChildren, true)
	r.setACL("a", "/w", open, -1)
	r.multi("a", "fires", newNode("/w/3", 0), setNode("/w", -1), dropNode("/w/3", -1), setNode("/w", -1))
	r.look("watcher1", "/w", opGetData, true)
	r.multi("a", "fires nothing", setNode("/w", -1), checkNode("/none", -1))
	r.set("a", "/w", nil, -1)
	r.look("watcher1", "/", opGetChildren, true)
	r.create("a", "/w-root")
	r.look("watcher1", "", opGetChildren, true)
	r.look("watcher1", "", opGetData, true)
	r.create("a", "/w-root2")
	r.set("a", "/", nil, -1)
	// What a client may not read, it is not told.
	r.create("a", "/w/secret")
	r.look("watcher1", "/w/secret", opGetData, true)
	r.look("watcher2", "/w/secret", opExists, true)
	r.setACL("a", "/w/secret", []acl{{2, "world", "anyone"}}, -1)
	r.set("a", "/w/secret", nil, -1)
	r.look("watcher1", "/w/hidden", opExists, true)
	r.call("a", "create what nobody may read", opCreate, makeNode("/w/hidden", nil, []acl{{2, "world", "anyone"}}, 0))
}

// persistentWatches adds watches that stay.
func persistentWatches(r *run) {
	add := func(as, path string, mode int32) {
		r.call(as, "addWatch "+path, opAddWatch, body(nil).str(path).i32(mode))
	}
	r.create("a", "/pw")
	add("watcher1", "/pw", 0)
	add("watcher2", "/pw", 1)
	add("watcher1", "/pw", 2)
	add("watcher1", "/pw", -1)
	add("watcher1", "pw", 0)
	add("watcher1", "", 0)
	for range 2 {
		r.set("a", "/pw", nil, -1)
		r.create("a", "/pw/1")
		r.create("a", "/pw/1/1")
		r.set("a", "/pw/1/1", nil, -1)
		r.delete("a", "/pw/1/1", -1)
		r.delete("a", "/pw/1", -1)
	}
	r.delete("a", "/pw", -1)
	r.create("a", "/pw")
	add("watcher1", "/pw", 1)
	r.create("a", "/pw/2")
	r.look("watcher1", "/pw/2", opGetData, true)
	r.set("a", "/pw/2", nil, -1)
	r.look("watcher1", "/pw", opGetData, true)
	r.set("a", "/pw", nil, -1)
	r.set("a", "/pw", nil, -1)
	r.create("a", "/pw/3")
	add("watcher2", "/", 1)
	r.create("a", "/pw/4")
	r.create("a", "/other")
	r.multi("a", "several", newNode("/pw/5", 0), setNode("/pw/5", -1), dropNode("/pw/5", -1))
}

// rewatches brings watches along to a new connection.
func rewatches(r *run) {
	r.create("a", "/rw")
	r.create("a", "/rw/1")
	p := *r.peers["watcher1"]
	seen := r.seen("a", "/rw/1")
	r.connect("watcher1", hello{timeout: 40000, session: p.session, password: p.password})
	lists := func(b body) body {
		return b.strs("/rw", "/rw/1", "/rw/none").strs("/rw/1", "/rw/later").strs("/rw", "/rw/1", "/rw/none")
	}
	r.call("watcher1", "setWatches that are behind", opSetWatches, lists(body(nil).i64(seen-1)))
	r.call("watcher1", "setWatches that are not", opSetWatches, lists(body(nil).i64(seen+1<<32)))
	r.set("a", "/rw", nil, -1)
	r.create("a", "/rw/later")
	r.delete("a", "/rw/1", -1)
	r.exchange("watcher1", "setWatches with xid -8", opSetWatches, -8, lists(body(nil).i64(seen)))
	r.call("watcher1", "setWatches2", opSetWatches2, lists(body(nil).i64(seen+1<<32)).strs("/rw").strs("/rw/deep"))
	r.set("a", "/rw", nil, -1)
	r.set("a", "/rw", nil, -1)
	r.create("a", "/rw/deep")
	r.create("a", "/rw/deep/er")
	r.call("watcher1", "setWatches cut short", opSetWatches, body(nil).i64(0).strs("/rw"))
	r.call("watcher1", "setWatches2 cut short", opSetWatches2, lists(body(nil).i64(0)))
	r.call("watcher1", "setWatches of a null list", opSetWatches, body(nil).i64(0).i32(-1).strs().strs())
}

// removals takes watches away again, and asks for them.
func removals(r *run) {
	r.create("a", "/rm")
	ask := func(op int32, what string) {
		for kind := int32(0); kind <= 4; kind++ {
			for _, path := range []string{"/rm", "/rm/none", "rm"} {
				r.call("watcher2", what+" "+path, op, body(nil).str(path).i32(kind))
			}
		}
	}
	ask(opCheckWatches, "checkWatches")
	ask(opRemoveWatches, "removeWatches")
	for _, set := range []func(){
		func() { r.look("watcher2", "/rm", opGetData, true) },
		func() { r.look("watcher2", "/rm", opGetChildren, true) },
		func() { r.call("watcher2", "addWatch", opAddWatch, body(nil).str("/rm").i32(0)) },
		func() { r.call("watcher2", "addWatch", opAddWatch, body(nil).str("/rm").i32(1)) },
	} {
		set()
		ask(opCheckWatches, "checkWatches")
		set()
		ask(opRemoveWatches, "removeWatches")
		r.set("a", "/rm", nil, -1)
		r.create("a", "/rm/1")
		r.delete("a", "/rm/1", -1)
	}
}
