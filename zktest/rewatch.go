package zktest

// watchRequest answers the requests that are about nothing but watches.
func (m *Member) watchRequest(q *request, d *decoder) (func(*encoder), Code) {
	switch q.op {
	case OpSetWatches, OpSetWatches2:
		return nil, m.setWatches(q, d)
	case OpAddWatch:
		path, ok := d.optional()
		mode := watchMode(d.int32())
		if d.bad || mode != watchPersistent && mode != watchRecursive {
			return nil, MarshallingError
		}
		if ok {
			m.data.add(path, q.conn, mode)
			m.kids.add(path, q.conn, mode)
		}
		return func(e *encoder) { e.int32(0) }, OK
	case OpCheckWatches, OpRemoveWatches:
		path, kind := d.string(), d.int32()
		_, _, slash := splitPath(path)
		if d.bad || kind < 1 || kind > 3 || q.op == OpCheckWatches && path != "" && !slash {
			return nil, MarshallingError
		}
		kids, data := kind&1 != 0, kind&2 != 0
		var found bool
		if q.op == OpCheckWatches {
			found = kids && m.kids.has(path) || data && m.data.has(path)
		} else {
			kidsGone := kids && m.kids.remove(path, q.conn)
			dataGone := data && m.data.remove(path, q.conn)
			found = kidsGone || dataGone
		}
		if !found {
			return nil, NoWatcher
		}
		return nil, OK
	}
	return nil, MarshallingError
}

// setWatches puts back the watches of a client that has come from another connection. What it missed since
// the zxid that it gives, it is told at once.
func (m *Member) setWatches(q *request, d *decoder) Code {
	since := d.int64()
	data, exist, kids := d.strings(), d.strings(), d.strings()
	var persistent, recursive []string
	if q.op == OpSetWatches2 {
		persistent, recursive = d.strings(), d.strings()
	}
	if d.bad {
		return MarshallingError
	}
	for _, path := range data {
		switch n := m.tree.get(path); {
		case n == nil:
			q.conn.notify(eventDeleted, path, nil)
		case n.stat.mzxid > since:
			q.conn.notify(eventChanged, path, nil)
		default:
			m.data.add(path, q.conn, watchOnce)
		}
	}
	for _, path := range exist {
		if m.tree.get(path) != nil {
			q.conn.notify(eventCreated, path, nil)
		} else {
			m.data.add(path, q.conn, watchOnce)
		}
	}
	for _, path := range kids {
		switch n := m.tree.get(path); {
		case n == nil:
			q.conn.notify(eventDeleted, path, nil)
		case n.stat.pzxid > since:
			q.conn.notify(eventChildren, path, nil)
		default:
			m.kids.add(path, q.conn, watchOnce)
		}
	}
	for _, path := range persistent {
		m.data.add(path, q.conn, watchPersistent)
		m.kids.add(path, q.conn, watchPersistent)
	}
	for _, path := range recursive {
		m.data.add(path, q.conn, watchRecursive)
		m.kids.add(path, q.conn, watchRecursive)
	}
	return OK
}
