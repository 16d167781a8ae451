package conformance

import "fmt"

const (
	alice = "alice:+7K83PhyQ3ijGj0ADmljf0quVwQ=" // not anybody's password
	bob   = "bob:secret"
)

// acls sets lists of all kinds, good and bad.
func acls(r *run) {
	r.create("a", "/acl")
	for i, list := range [][]acl{
		{},
		{{31, "world", "anyone"}},
		{{31, "world", "nobody"}},
		{{31, "world", ""}},
		{{31, "", "anyone"}},
		{{31, "auth", ""}},
		{{31, "super", ""}},
		{{31, "sasl", "x"}},
		{{31, "nonsense", "x"}},
		{{31, "digest", "x"}},
		{{31, "digest", "x:"}},
		{{31, "digest", ":x"}},
		{{31, "digest", ":"}},
		{{31, "digest", ""}},
		{{31, "digest", "x:y"}},
		{{31, "digest", "x:y:z"}},
		{{31, "digest", "x:y::"}},
		{{31, "ip", "127.0.0.1"}},
		{{31, "ip", "127.0.0.1/8"}},
		{{31, "ip", "127.0.0.1/33"}},
		{{31, "ip", "127.0.0.1/-1"}},
		{{31, "ip", "127.0.0.1/"}},
		{{31, "ip", "127.0.0.1/0"}},
		{{31, "ip", "127.0.0"}},
		{{31, "ip", "127.0.0.256"}},
		{{31, "ip", "127.0.0.01"}},
		{{31, "ip", "::1"}},
		{{31, "ip", ""}},
		{{0, "world", "anyone"}},
		{{-1, "world", "anyone"}},
		{{31, "world", "anyone"}, {31, "world", "anyone"}},
		{{31, "world", "anyone"}, {1, "world", "anyone"}},
		{{31, "world", "anyone"}, {31, "digest", alice}, {31, "ip", "10.0.0.0/8"}},
	} {
		path := fmt.Sprintf("/acl/%d", i)
		r.call("a", fmt.Sprintf("create with %v", list), opCreate, makeNode(path, nil, list, 0))
		r.getACL("a", path)
		r.setACL("a", "/acl", list, -1)
		r.setACL("a", "/acl", open, -1)
	}
	r.getACL("a", "/acl")
	r.setACL("a", "/acl", open, 3)
	r.setACL("a", "/acl/none", open, -1)
	r.setACL("a", "/zookeeper/config", open, -1)
	r.getACL("a", "/acl/none")
	r.call("a", "create with no list", opCreate, body(nil).str("/acl/nolist").buf(nil).i32(-1).i32(0))
}

// identities tries what each permission allows, to whom.
func identities(r *run) {
	r.call("a", "whoAmI", opWhoAmI, nil)
	r.connect("bob", hello{timeout: 40000})
	r.auth("bob", "digest", bob)
	r.create("bob", "/id")
	r.call("bob", "create for auth", opCreate, makeNode("/id/own", []byte("x"), []acl{{31, "auth", ""}}, 0))
	r.getACL("bob", "/id/own")
	r.auth("bob", "digest", bob)
	r.auth("bob", "digest", "blah")
	r.auth("bob", "ip", "")
	r.call("bob", "whoAmI", opWhoAmI, nil)
	r.exchange("bob", "auth with an ordinary xid", opAuth, 77, body(nil).i32(0).str("digest").buf([]byte("carol:x")))
	r.call("bob", "whoAmI", opWhoAmI, nil)
	for perm := int32(0); perm <= 31; perm = perm<<1 | b2i(perm == 0) {
		path := fmt.Sprintf("/id/%d", perm)
		r.call("bob", "create "+path, opCreate, makeNode(path, []byte("x"), []acl{{perm, "world", "anyone"}, {31, "digest", bobsDigest}}, 0))
		r.call("bob", "create below "+path, opCreate, makeNode(path+"/x", []byte("x"), open, 0))
		r.exists("a", path)
		r.get("a", path)
		r.set("a", path, nil, -1)
		r.list("a", path)
		r.look("a", path, opGetChildren, false)
		r.call("a", "getAllChildrenNumber", opChildrenNumber, body(nil).str(path))
		r.getACL("a", path)
		r.create("a", path+"/y")
		r.delete("a", path+"/x", -1)
		r.multi("a", "check", checkNode(path, -1))
		r.multi("a", "set and create", setNode(path, -1), newNode(path+"/z", 0))
		r.setACL("a", path, []acl{{perm, "world", "anyone"}}, 99)
	}
	r.connect("super", hello{timeout: 40000})
	r.auth("super", "digest", "super:wrong")
	r.get("super", "/id/own")
	r.auth("super", "digest", "super:test")
	r.get("super", "/id/own")
	r.call("super", "whoAmI", opWhoAmI, nil)
	r.set("super", "/zookeeper/config", []byte("x"), -1)
	r.connect("badauth", hello{timeout: 40000})
	r.auth("badauth", "nonsense", "x")
	r.ends("badauth")
	r.connect("badauth", hello{timeout: 40000})
	r.auth("badauth", "world", "anyone")
	r.ends("badauth")
	r.connect("ip", hello{timeout: 40000})
	for _, id := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.0/24", "127.0.0.0/31", "10.0.0.0/8", "128.0.0.0/1"} {
		path := "/id/ip" + fmt.Sprint(len(r.entries))
		r.call("ip", "create for ip "+id, opCreate, makeNode(path, nil, []acl{{31, "ip", id}}, 0))
		r.get("ip", path)
		r.getACL("ip", path)
	}
}

// bobsDigest is what ACLs call bob.
const bobsDigest = "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="

func b2i(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
