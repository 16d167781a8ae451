package zktest

import (
	"fmt"
	"time"
)

// record is what a path will look like once everything that the leader has proposed is committed.
type record struct {
	zxid     int64
	stat     stat
	acl      []ACL
	children int
	gone     bool
}

// prepare turns a request into a transaction. It checks it against the tree and the transactions that are
// still on their way, and never fails: what must not happen becomes a transaction that says so.
func (r *reign) prepare(q *request, owner any) *txn {
	x := &txn{zxid: r.nextZxid(), session: q.session, time: time.Now().UnixMilli(), op: q.op, origin: q}
	var err error
	switch q.op {
	case OpMulti:
		err = r.prepareMulti(x, q, owner)
	case OpCloseSession:
		r.prepareClose(x)
	case OpCreateSession:
		x.timeout = q.timeout
		r.tracker.track(q.session, x.timeout)
		r.tracker.own(q.session, owner)
		r.armExpiry()
	case OpDeleteContainer:
		// A path comes with this one in a form that only the server itself can produce.
		err = BadArguments
	case OpReconfig:
		err = ReconfigDisabled
	default:
		w, ok := decodeWrite(q.op, &decoder{buf: q.body})
		if !ok {
			err = MarshallingError
			break
		}
		var c change
		if c, err = r.prepareWrite(x, w, q.ids, owner); err == nil {
			x.changes = []change{c}
		}
	}
	if err != nil {
		x.code = err.(Code)
	}
	return x
}

// prepareMulti prepares all the operations, or, if one fails, an error for each.
func (r *reign) prepareMulti(x *txn, q *request, owner any) error {
	ops, ok := decodeMulti(q.body)
	if !ok {
		return MarshallingError
	}
	for i, w := range ops {
		c, err := r.prepareWrite(x, w, q.ids, owner)
		if err == nil {
			x.changes = append(x.changes, c)
			continue
		}
		r.rollback()
		if err == SessionMoved || err == MarshallingError {
			return err
		}
		x.changes = failedMulti(len(ops), i, err.(Code))
		return nil
	}
	return nil
}

// failedMulti is ZooKeeper's shape of a multi that failed at operation i: nothing wrong with those before it,
// its own error, and a "runtime inconsistency" for those that were not tried.
func failedMulti(n, i int, code Code) []change {
	changes := make([]change, n)
	for j := range changes {
		changes[j] = change{op: opError, as: opError}
		switch {
		case j == i:
			changes[j].code = code
		case j > i:
			changes[j].code = RuntimeInconsistency
		}
	}
	return changes
}

func (r *reign) prepareWrite(x *txn, w write, ids []identity, owner any) (change, error) {
	switch w.op {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL:
		return r.prepareCreate(x, w, ids, owner)
	}
	if err := r.admit(x.session, owner); err != nil {
		return change{}, err
	}
	switch w.op {
	case OpDelete:
		return r.prepareDelete(x, w, ids)
	case OpSetData, OpSetACL, OpCheck:
		return r.prepareUpdate(x, w, ids)
	}
	return change{}, MarshallingError
}

func (r *reign) prepareCreate(x *txn, w write, ids []identity, owner any) (change, error) {
	mode, ok := createModes[w.flags]
	if !ok || mode.ttl && (w.ttl <= 0 || w.ttl > maxTTL) || !mode.ttl && w.ttl >= 0 {
		return change{}, BadArguments
	}
	if err := r.admit(x.session, owner); err != nil {
		return change{}, err
	}
	parentPath, _, ok := splitPath(w.path)
	if !ok {
		return change{}, BadArguments
	}
	acl, err := fixACL(ids, w.acl)
	if err != nil {
		return change{}, err
	}
	parent, ok := r.lookup(parentPath)
	if !ok {
		return change{}, NoNode
	}
	if !allowed(parent.acl, PermCreate, ids) {
		return change{}, NoAuth
	}
	path := w.path
	if mode.sequential {
		path += fmt.Sprintf("%010d", parent.stat.cversion)
	}
	if !validPath(path) {
		return change{}, BadArguments
	}
	if _, exists := r.lookup(path); exists {
		return change{}, NodeExists
	}
	if ownerKind(parent.stat.owner) == ownedBySession {
		return change{}, NoChildrenForEphemerals
	}
	c := change{op: OpCreate, as: w.op, path: path, data: w.data, acl: acl, version: parent.stat.cversion + 1}
	s := stat{czxid: x.zxid}
	switch {
	case w.op == OpCreateContainer:
		c.owner = containerOwner
	case w.op == OpCreateTTL && w.ttl > 0:
		c.owner = ttlMask | w.ttl
	case mode.ephemeral:
		c.owner = x.session
	}
	s.owner = c.owner
	parent.children++
	parent.stat.cversion++
	r.change(parentPath, parent, x.zxid)
	r.change(path, record{stat: s, acl: acl}, x.zxid)
	return c, nil
}

func (r *reign) prepareDelete(x *txn, w write, ids []identity) (change, error) {
	parentPath, _, ok := splitPath(w.path)
	if !ok || special(w.path) {
		return change{}, BadArguments
	}
	parent, ok := r.lookup(parentPath)
	if !ok {
		return change{}, NoNode
	}
	if !allowed(parent.acl, PermDelete, ids) {
		return change{}, NoAuth
	}
	n, ok := r.lookup(w.path)
	if !ok {
		return change{}, NoNode
	}
	if w.version != -1 && w.version != n.stat.version {
		return change{}, BadVersion
	}
	if n.children > 0 {
		return change{}, NotEmpty
	}
	parent.children--
	r.change(parentPath, parent, x.zxid)
	r.change(w.path, record{gone: true}, x.zxid)
	return change{op: OpDelete, as: OpDelete, path: w.path}, nil
}

func (r *reign) prepareUpdate(x *txn, w write, ids []identity) (change, error) {
	if !validPath(w.path) {
		return change{}, BadArguments
	}
	var perm int32
	var acl []ACL
	switch w.op {
	case OpSetData:
		perm = PermWrite
	case OpCheck:
		perm = PermRead
	case OpSetACL:
		perm = PermAdmin
		var err error
		if acl, err = fixACL(ids, w.acl); err != nil {
			return change{}, err
		}
	}
	n, ok := r.lookup(w.path)
	if !ok {
		return change{}, NoNode
	}
	if !allowed(n.acl, perm, ids) {
		return change{}, NoAuth
	}
	version := &n.stat.version
	if w.op == OpSetACL {
		version = &n.stat.aversion
		n.acl = acl
	}
	if w.version != -1 && w.version != *version {
		return change{}, BadVersion
	}
	*version++
	if w.op == OpCheck {
		return change{op: OpCheck, as: OpCheck, path: w.path}, nil
	}
	c := change{op: w.op, as: w.op, path: w.path, data: w.data, acl: acl, version: *version}
	r.change(w.path, n, x.zxid)
	return c, nil
}

// prepareClose lists the ephemeral nodes of a session, those included that are about to be created, and
// stops everything further that the session may send.
func (r *reign) prepareClose(x *txn) {
	for _, path := range r.ephemeralsOf(x.session) {
		x.doomed = append(x.doomed, path)
		r.change(path, record{gone: true}, x.zxid)
	}
	r.tracker.closing(x.session)
}

// admit lets a session's request pass. What the operator asks for belongs to no session.
func (r *reign) admit(session int64, owner any) error {
	if session == 0 {
		return nil
	}
	return r.tracker.check(session, owner)
}

// operate proposes a change that no client has asked for.
func (r *reign) operate(w write) error {
	x := &txn{zxid: r.nextZxid(), time: time.Now().UnixMilli(), op: w.op}
	c, err := r.prepareWrite(x, w, []identity{{"super", ""}}, nil)
	if err != nil {
		r.counter--
		return err
	}
	x.changes = []change{c}
	r.propose(x)
	return nil
}
