package zktest

import (
	"maps"
	"slices"
	"strings"
)

// The nodes that every server is born with.
const (
	procPath   = "/zookeeper"
	quotaPath  = "/zookeeper/quota"
	configPath = "/zookeeper/config"
)

// tree is the replicated state of one member: the nodes and the sessions, as of one transaction.
type tree struct {
	nodes      map[string]*node
	sessions   map[int64]int32 // negotiated timeout in milliseconds
	ephemerals map[int64]map[string]bool
	reapable   map[string]bool // containers and nodes with a TTL
	quotas     map[string]bool // paths with a limit
	zxid       int64           // of the last transaction applied
}

// node is one znode. Its stat counts creations of children in cversion; clients see another number.
type node struct {
	data     []byte
	acl      []ACL
	stat     stat
	children map[string]bool
}

// stat is the part of a node's metadata that is stored.
type stat struct {
	czxid, mzxid, pzxid         int64
	ctime, mtime                int64
	version, cversion, aversion int32
	owner                       int64
}

func newTree() *tree {
	t := &tree{
		nodes:      map[string]*node{},
		sessions:   map[int64]int32{},
		ephemerals: map[int64]map[string]bool{},
		reapable:   map[string]bool{},
		quotas:     map[string]bool{},
	}
	t.nodes["/"] = newNode([]byte{}, worldACL, stat{})
	for _, p := range []string{procPath, quotaPath, configPath} {
		t.nodes[p] = newNode([]byte{}, worldACL, stat{})
		parent, name, _ := splitPath(p)
		t.get(parent).children[name] = true
	}
	config := t.nodes[configPath]
	config.acl = []ACL{{Perms: PermRead, Scheme: "world", ID: "anyone"}}
	config.stat.aversion = -1
	return t
}

func newNode(data []byte, acl []ACL, s stat) *node {
	return &node{data: data, acl: acl, stat: s, children: map[string]bool{}}
}

// get looks a path up. The root is also known as "".
func (t *tree) get(path string) *node {
	if path == "" {
		path = "/"
	}
	return t.nodes[path]
}

// clone copies the tree: what a member does that joins a leader.
func (t *tree) clone() *tree {
	c := &tree{
		nodes:      make(map[string]*node, len(t.nodes)),
		sessions:   maps.Clone(t.sessions),
		ephemerals: make(map[int64]map[string]bool, len(t.ephemerals)),
		reapable:   maps.Clone(t.reapable),
		quotas:     maps.Clone(t.quotas),
		zxid:       t.zxid,
	}
	for path, n := range t.nodes {
		m := *n
		m.children = maps.Clone(n.children)
		c.nodes[path] = &m
	}
	for id, paths := range t.ephemerals {
		c.ephemerals[id] = maps.Clone(paths)
	}
	return c
}

// size is the number of nodes as the original counts them: the root stands there under two names.
func (t *tree) size() int { return len(t.nodes) + 1 }

// below counts the nodes whose path begins with prefix and a slash.
func (t *tree) below(path string) int {
	if path == "/" {
		return t.size() - 2
	}
	count := 0
	for p := range t.nodes {
		if strings.HasPrefix(p, path+"/") {
			count++
		}
	}
	return count
}

// dataSize is the sum of all paths and all data.
func (t *tree) dataSize() int {
	sum := len(t.nodes["/"].data)
	for p, n := range t.nodes {
		sum += len(p) + len(n.data)
	}
	return sum
}

// childNames returns the names of n's children in order. The original has no order; one that never changes
// makes a run repeatable.
func (n *node) childNames() []string {
	return slices.Sorted(maps.Keys(n.children))
}

// Stat is a node's metadata as clients see it. Times are milliseconds since 1970.
type Stat struct {
	Czxid, Mzxid                int64
	Ctime, Mtime                int64
	Version, Cversion, Aversion int32
	EphemeralOwner              int64
	DataLength, NumChildren     int32
	Pzxid                       int64
}

// visible translates the stored stat: cversion counts changes of the list of children, deletions included, and
// only sessions own anything.
func (n *node) visible() Stat {
	s, kids := n.stat, int32(len(n.children))
	if ownerKind(s.owner) != ownedBySession {
		s.owner = 0
	}
	return Stat{
		Czxid: s.czxid, Mzxid: s.mzxid, Ctime: s.ctime, Mtime: s.mtime,
		Version: s.version, Cversion: s.cversion*2 - kids, Aversion: s.aversion,
		EphemeralOwner: s.owner, DataLength: int32(len(n.data)), NumChildren: kids, Pzxid: s.pzxid,
	}
}

func (e *encoder) stat(s Stat) {
	e.int64(s.Czxid)
	e.int64(s.Mzxid)
	e.int64(s.Ctime)
	e.int64(s.Mtime)
	e.int32(s.Version)
	e.int32(s.Cversion)
	e.int32(s.Aversion)
	e.int64(s.EphemeralOwner)
	e.int32(s.DataLength)
	e.int32(s.NumChildren)
	e.int64(s.Pzxid)
}
