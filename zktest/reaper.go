package zktest

import (
	"maps"
	"slices"
	"time"
)

// reapInterval is how often a leader looks for containers that have emptied and nodes whose TTL has run out.
const reapInterval = time.Minute

func (r *reign) armReaper() {
	if r.over || r.reaper != nil || len(r.leader.tree.reapable) == 0 {
		return
	}
	at := r.began.Add((time.Since(r.began)/reapInterval + 1) * reapInterval)
	r.reaper = r.leader.at(at, func() {
		r.reaper = nil
		if !r.over {
			r.reap()
			r.armReaper()
		}
	})
}

func (r *reign) reap() {
	tree, now := r.leader.tree, time.Now().UnixMilli()
	for _, path := range slices.Sorted(maps.Keys(tree.reapable)) {
		if tree.nodes[path].spent(now) {
			r.propose(r.prepareReap(path))
		}
	}
}

// spent reports whether a node has outlived its purpose: a container that has had children and has none, or a
// node without children that nobody has touched for its TTL.
func (n *node) spent(now int64) bool {
	if len(n.children) > 0 {
		return false
	}
	if ownerKind(n.stat.owner) == ownedByContainer {
		return n.stat.cversion > 0
	}
	ttl := n.stat.owner & maxTTL
	return now-n.stat.mtime > ttl
}

func (r *reign) prepareReap(path string) *txn {
	x := &txn{zxid: r.nextZxid(), time: time.Now().UnixMilli(), op: OpDeleteContainer}
	n, ok := r.lookup(path)
	switch {
	case !ok:
		x.code = NoNode
	case n.children > 0:
		x.code = NotEmpty
	default:
		parentPath, _, _ := splitPath(path)
		parent, _ := r.lookup(parentPath)
		parent.children--
		r.change(parentPath, parent, x.zxid)
		r.change(path, record{gone: true}, x.zxid)
		x.changes = []change{{op: OpDelete, as: OpDeleteContainer, path: path}}
	}
	return x
}
