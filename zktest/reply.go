package zktest

// reply returns the body of the answer to a request whose transaction has been applied.
func (q *request) reply() func(*encoder) {
	if q.op == OpMulti {
		return func(e *encoder) { e.multi(q.results) }
	}
	if len(q.results) == 0 {
		return nil
	}
	r := q.results[0]
	return func(e *encoder) {
		switch q.op {
		case OpCreate:
			e.string(r.path)
		case OpCreate2, OpCreateContainer, OpCreateTTL:
			e.string(r.path)
			e.stat(r.stat)
		case OpSetData, OpSetACL:
			e.stat(r.stat)
		}
	}
}

// multi encodes the results of a multi, one after the other, each behind a header that says what it is.
func (e *encoder) multi(results []result) {
	for _, r := range results {
		switch r.as {
		case opError:
			e.multiError(r.code)
		case OpCreateContainer, OpCreateTTL:
			e.multiHeader(OpCreate2, false, OK)
			e.string(r.path)
			e.stat(r.stat)
		case OpCreate:
			e.multiHeader(OpCreate, false, OK)
			e.string(r.path)
		case OpSetData:
			e.multiHeader(OpSetData, false, OK)
			e.stat(r.stat)
		default:
			e.multiHeader(r.as, false, OK)
		}
	}
	e.multiHeader(opError, true, -1)
}

func (e *encoder) multiError(code Code) {
	e.multiHeader(opError, false, code)
	e.int32(int32(code))
}

func (e *encoder) multiHeader(op Op, done bool, code Code) {
	e.int32(int32(op))
	e.bool(done)
	e.int32(int32(code))
}
