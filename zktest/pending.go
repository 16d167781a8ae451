package zktest

import (
	"maps"
	"slices"
)

// The leader's view of the tree: what is committed, overlaid with what has been proposed.

// lookup returns what path will be once everything proposed is committed.
func (r *reign) lookup(path string) (record, bool) {
	if path == "" {
		path = "/"
	}
	if rec, ok := r.changes[path]; ok {
		return rec, !rec.gone
	}
	n := r.leader.tree.get(path)
	if n == nil {
		return record{}, false
	}
	return record{stat: n.stat, acl: n.acl, children: len(n.children)}, true
}

func (r *reign) change(path string, rec record, zxid int64) {
	if path == "" {
		path = "/"
	}
	rec.zxid = zxid
	old, had := r.changes[path]
	r.journal = append(r.journal, undo{path: path, old: old, had: had})
	r.changes[path] = rec
}

// undo is how to take one change back.
type undo struct {
	path string
	old  record
	had  bool
}

// rollback takes back all changes since the journal was begun.
func (r *reign) rollback() {
	for _, u := range slices.Backward(r.journal) {
		if u.had {
			r.changes[u.path] = u.old
		} else {
			delete(r.changes, u.path)
		}
	}
	r.journal = nil
}

// settle forgets the overlay of a transaction that has been committed.
func (r *reign) settle(zxid int64) {
	for path, rec := range r.changes {
		if rec.zxid <= zxid {
			delete(r.changes, path)
		}
	}
}

// ephemeralsOf returns the paths of a session's ephemeral nodes, in order.
func (r *reign) ephemeralsOf(session int64) []string {
	paths := maps.Clone(r.leader.tree.ephemerals[session])
	if paths == nil {
		paths = map[string]bool{}
	}
	for path, rec := range r.changes {
		switch {
		case rec.gone:
			delete(paths, path)
		case rec.stat.owner == session:
			paths[path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}
