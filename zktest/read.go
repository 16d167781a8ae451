package zktest

import (
	"maps"
	"slices"
	"strings"
)

// read answers a request from the member's own tree. It returns what to send, or why not.
func (m *Member) read(q *request) (func(*encoder), Code) {
	d := &decoder{buf: q.body}
	switch q.op {
	case OpPing:
		return nil, OK
	case OpSync:
		return readSync(d)
	case OpExists, OpGetData, OpGetChildren, OpGetChildren2:
		path, watch := d.string(), d.bool()
		if d.bad {
			return nil, MarshallingError
		}
		return m.look(q, q.op, path, watch)
	case OpGetACL:
		return m.readACL(q, d.string(), d)
	case OpGetChildrenNumber:
		path := d.string()
		if _, code := m.readable(q, path, PermRead, d); code != OK {
			return nil, code
		}
		n := m.tree.below(path)
		return func(e *encoder) { e.int32(int32(n)) }, OK
	case OpGetEphemerals:
		return m.readEphemerals(q, d)
	case OpMultiRead:
		return m.readMulti(q)
	case OpWhoAmI:
		return func(e *encoder) { e.whoAmI(q.ids) }, OK
	}
	return m.watchRequest(q, d)
}

// readSync gives the path back, which may be none.
func readSync(d *decoder) (func(*encoder), Code) {
	path, ok := d.optional()
	if d.bad {
		return nil, MarshallingError
	}
	return func(e *encoder) {
		if ok {
			e.string(path)
		} else {
			e.buffer(nil)
		}
	}, OK
}

// readable finds a node that the client may access with any of perms.
func (m *Member) readable(q *request, path string, perms int32, d *decoder) (*node, Code) {
	if d != nil && d.bad {
		return nil, MarshallingError
	}
	n := m.tree.get(path)
	if n == nil {
		return nil, NoNode
	}
	if !allowed(n.acl, perms, q.ids) {
		return nil, NoAuth
	}
	return n, OK
}

// look answers the four requests that may leave a watch.
func (m *Member) look(q *request, op Op, path string, watch bool) (func(*encoder), Code) {
	if op == OpExists {
		if strings.IndexByte(path, 0) >= 0 {
			return nil, BadArguments
		}
		if watch {
			m.data.add(path, q.conn, watchOnce)
		}
		n := m.tree.get(path)
		if n == nil {
			return nil, NoNode
		}
		s := n.visible()
		return func(e *encoder) { e.stat(s) }, OK
	}
	n, code := m.readable(q, path, PermRead, nil)
	if code != OK {
		return nil, code
	}
	table := m.kids
	if op == OpGetData {
		table = m.data
	}
	if watch {
		table.add(path, q.conn, watchOnce)
	}
	return n.body(op), OK
}

// body encodes a node as op wants it.
func (n *node) body(op Op) func(*encoder) {
	s, names := n.visible(), []string(nil)
	if op != OpGetData {
		names = n.childNames()
	}
	return func(e *encoder) {
		if op == OpGetData {
			e.buffer(n.data)
		} else {
			e.strings(names)
		}
		if op != OpGetChildren {
			e.stat(s)
		}
	}
}

func (m *Member) readACL(q *request, path string, d *decoder) (func(*encoder), Code) {
	n, code := m.readable(q, path, PermRead|PermAdmin, d)
	if code != OK {
		return nil, code
	}
	acl, s := n.acl, n.visible()
	if !allowed(acl, PermAdmin, q.ids) {
		acl = masked(acl)
	}
	return func(e *encoder) { e.acls(acl); e.stat(s) }, OK
}

func (m *Member) readEphemerals(q *request, d *decoder) (func(*encoder), Code) {
	prefix, _ := d.optional()
	if d.bad {
		return nil, MarshallingError
	}
	if strings.TrimSpace(prefix) == "/" || strings.TrimSpace(prefix) == "" {
		prefix = ""
	}
	var paths []string
	for _, p := range slices.Sorted(maps.Keys(m.tree.ephemerals[q.session])) {
		if strings.HasPrefix(p, prefix) {
			paths = append(paths, p)
		}
	}
	return func(e *encoder) { e.strings(paths) }, OK
}

// readMulti answers each operation by itself: one that fails does not spoil the others. Writes are refused, in the
// original's way: with an error and an empty answer behind it.
func (m *Member) readMulti(q *request) (func(*encoder), Code) {
	ops, ok := decodeMulti(q.body)
	if !ok {
		return nil, MarshallingError
	}
	if slices.ContainsFunc(ops, func(w write) bool { return w.op != OpGetData && w.op != OpGetChildren }) {
		return func(e *encoder) { e.multiHeader(opError, true, -1) }, MarshallingError
	}
	return func(e *encoder) {
		for _, w := range ops {
			body, code := m.look(q, w.op, w.path, false)
			if code != OK {
				e.multiError(code)
				continue
			}
			e.multiHeader(w.op, false, OK)
			body(e)
		}
		e.multiHeader(opError, true, -1)
	}, OK
}

func (e *encoder) whoAmI(ids []identity) {
	e.int32(int32(len(ids)))
	for _, id := range ids {
		user, _, _ := strings.Cut(id.id, ":")
		e.string(id.scheme)
		e.string(user)
	}
}
