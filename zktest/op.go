package zktest

import "strconv"

// Op is the type of a request, as it stands in its header.
type Op int32

// The requests that a server answers. OpConnect is no type of the protocol: it stands for the handshake
// with which a connection begins, so that faults and counters can name it.
const (
	OpConnect           Op = -100
	OpCreate            Op = 1
	OpDelete            Op = 2
	OpExists            Op = 3
	OpGetData           Op = 4
	OpSetData           Op = 5
	OpGetACL            Op = 6
	OpSetACL            Op = 7
	OpGetChildren       Op = 8
	OpSync              Op = 9
	OpPing              Op = 11
	OpGetChildren2      Op = 12
	OpCheck             Op = 13
	OpMulti             Op = 14
	OpCreate2           Op = 15
	OpReconfig          Op = 16
	OpCheckWatches      Op = 17
	OpRemoveWatches     Op = 18
	OpCreateContainer   Op = 19
	OpDeleteContainer   Op = 20
	OpCreateTTL         Op = 21
	OpMultiRead         Op = 22
	OpSetAuth           Op = 100
	OpSetWatches        Op = 101
	OpSasl              Op = 102
	OpGetEphemerals     Op = 103
	OpGetChildrenNumber Op = 104
	OpSetWatches2       Op = 105
	OpAddWatch          Op = 106
	OpWhoAmI            Op = 107
	OpCreateSession     Op = -10
	OpCloseSession      Op = -11

	opError Op = -1
)

// opNames holds the name of an operation and the four letters under which "cons" lists it.
var opNames = map[Op][2]string{
	OpConnect:           {"connect", "SESS"},
	OpCreate:            {"create", "CREA"},
	OpDelete:            {"delete", "DELE"},
	OpExists:            {"exists", "EXIS"},
	OpGetData:           {"getData", "GETD"},
	OpSetData:           {"setData", "SETD"},
	OpGetACL:            {"getACL", "GETA"},
	OpSetACL:            {"setACL", "SETA"},
	OpGetChildren:       {"getChildren", "GETC"},
	OpSync:              {"sync", "SYNC"},
	OpPing:              {"ping", "PING"},
	OpGetChildren2:      {"getChildren2", "GETC"},
	OpCheck:             {"check", "CHEC"},
	OpMulti:             {"multi", "MULT"},
	OpCreate2:           {"create2", "CREA"},
	OpReconfig:          {"reconfig", "RECO"},
	OpCheckWatches:      {"checkWatches", "CHKW"},
	OpRemoveWatches:     {"removeWatches", "REMW"},
	OpCreateContainer:   {"createContainer", "CREA"},
	OpDeleteContainer:   {"deleteContainer", "DELE"},
	OpCreateTTL:         {"createTTL", "CREA"},
	OpMultiRead:         {"multiRead", "MLTR"},
	OpSetAuth:           {"setAuth", "NA"},
	OpSetWatches:        {"setWatches", "SETW"},
	OpSasl:              {"sasl", "NA"},
	OpGetEphemerals:     {"getEphemerals", "GETE"},
	OpGetChildrenNumber: {"getAllChildrenNumber", "GETACN"},
	OpSetWatches2:       {"setWatches2", "STW2"},
	OpAddWatch:          {"addWatch", "ADDW"},
	OpWhoAmI:            {"whoAmI", "HOMI"},
	OpCreateSession:     {"createSession", "SESS"},
	OpCloseSession:      {"closeSession", "CLOS"},
}

// String returns the operation's name in ZooKeeper's own spelling.
func (op Op) String() string {
	if n, ok := opNames[op]; ok {
		return n[0]
	}
	return "op " + strconv.Itoa(int(op))
}

func (op Op) short() string {
	if n, ok := opNames[op]; ok {
		return n[1]
	}
	return "NA"
}

// known reports whether the server has a handler for op. Anything else is answered with Unimplemented and
// costs the client its connection.
func (op Op) known() bool {
	_, ok := opNames[op]
	return ok && op != OpConnect && op != OpSetAuth && op != OpSasl
}

// commits reports whether op waits for a transaction: it goes to the leader and through the quorum.
func (op Op) commits() bool {
	switch op {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL, OpDelete, OpDeleteContainer, OpSetData, OpSetACL,
		OpCheck, OpMulti, OpReconfig, OpCreateSession, OpCloseSession:
		return true
	}
	return false
}
