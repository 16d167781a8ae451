package zktest

import (
	"maps"
	"slices"
)

// txn is one transaction: what the leader made of a request, and what every member applies. A request that
// failed is a transaction too; it takes a zxid and goes through the quorum like the others.
type txn struct {
	zxid    int64
	session int64
	time    int64 // milliseconds since 1970
	op      Op
	code    Code     // why the request failed; its changes are then empty
	changes []change // one, or one for every operation of a multi
	timeout int32    // of a createSession
	doomed  []string // ephemeral nodes that a closeSession takes along
	origin  *request // at the member that serves the client; nil for what the ensemble does by itself
}

// change is one alteration of the tree.
type change struct {
	op      Op // create, delete, setData, setACL, check, or opError in a multi that failed
	as      Op // the request's own type, which decides the shape of the reply
	path    string
	data    []byte
	acl     []ACL
	owner   int64
	version int32 // new version, new aversion, or the parent's new cversion
	code    Code
}

// result is what one change came to, for the reply.
type result struct {
	as   Op
	path string
	stat Stat
	code Code
}

// fired is an event that a transaction causes, and who may hear of it.
type fired struct {
	event    eventType
	path     string
	acl      []ACL
	children bool // goes to the watches on children
	unless   bool // not to those who have just been told that the node is gone
}

// apply brings the tree one transaction further. It returns the result of every change and the events.
func (t *tree) apply(x *txn) ([]result, []fired) {
	t.zxid = max(t.zxid, x.zxid)
	var results []result
	var events []fired
	if x.code == OK {
		switch x.op {
		case OpCreateSession:
			t.sessions[x.session] = x.timeout
		case OpCloseSession:
			delete(t.sessions, x.session)
			for _, path := range x.doomed {
				events = append(events, t.delete(path, x.zxid)...)
			}
			left := slices.Sorted(maps.Keys(t.ephemerals[x.session]))
			for _, path := range left {
				events = append(events, t.delete(path, x.zxid)...)
			}
			delete(t.ephemerals, x.session)
		}
	}
	for i := range x.changes {
		r, ev := t.change(x, &x.changes[i])
		results = append(results, r)
		events = append(events, ev...)
	}
	return results, events
}

func (t *tree) change(x *txn, c *change) (result, []fired) {
	r := result{as: c.as, path: c.path, code: c.code}
	var events []fired
	switch c.op {
	case OpCreate:
		events = t.create(x, c)
		r.stat = t.get(c.path).visible()
	case OpDelete:
		events = t.delete(c.path, x.zxid)
	case OpSetData:
		n := t.get(c.path)
		t.countQuota(c.path, len(c.data)-len(n.data), 0)
		n.data = c.data
		n.stat.version, n.stat.mzxid, n.stat.mtime = c.version, x.zxid, x.time
		events = []fired{{event: eventChanged, path: c.path, acl: n.acl}}
		r.stat = n.visible()
	case OpSetACL:
		n := t.get(c.path)
		n.acl, n.stat.aversion = c.acl, c.version
		r.stat = n.visible()
	}
	return r, events
}

func (t *tree) create(x *txn, c *change) []fired {
	parentPath, name, _ := splitPath(c.path)
	parent := t.get(parentPath)
	if c.version > parent.stat.cversion {
		parent.stat.cversion, parent.stat.pzxid = c.version, x.zxid
	}
	parent.children[name] = true
	t.nodes[c.path] = newNode(c.data, c.acl, stat{
		czxid: x.zxid, mzxid: x.zxid, pzxid: x.zxid, ctime: x.time, mtime: x.time, owner: c.owner,
	})
	switch ownerKind(c.owner) {
	case ownedByContainer, ownedByTTL:
		t.reapable[c.path] = true
	case ownedBySession:
		if t.ephemerals[c.owner] == nil {
			t.ephemerals[c.owner] = map[string]bool{}
		}
		t.ephemerals[c.owner][c.path] = true
	}
	t.noteQuota(parentPath, name)
	t.countQuota(c.path, len(c.data), 1)
	return []fired{
		{event: eventCreated, path: c.path, acl: c.acl},
		{event: eventChildren, path: parentOf(c.path), acl: parent.acl, children: true},
	}
}

func (t *tree) delete(path string, zxid int64) []fired {
	n := t.nodes[path]
	if n == nil {
		return nil
	}
	parentPath, name, _ := splitPath(path)
	parent := t.get(parentPath)
	delete(parent.children, name)
	parent.stat.pzxid = max(parent.stat.pzxid, zxid)
	delete(t.nodes, path)
	delete(t.reapable, path)
	delete(t.ephemerals[n.stat.owner], path)
	t.dropQuota(parentPath, name)
	t.countQuota(path, -len(n.data), -1)
	return []fired{
		{event: eventDeleted, path: path, acl: n.acl},
		{event: eventDeleted, path: path, acl: n.acl, children: true, unless: true},
		{event: eventChildren, path: parentOf(path), acl: parent.acl, children: true},
	}
}
