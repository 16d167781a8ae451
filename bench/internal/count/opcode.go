package count

import "fmt"

// Op is the opcode of a request (ZooDefs.OpCode in ZooKeeper).
type Op int32

// The opcodes that are not an operation of anybody's recipe.
const (
	Ping         Op = 11
	CloseSession Op = -11
	Auth         Op = 100
	SetWatches   Op = 101
	SetWatches2  Op = 105
)

var names = map[Op]string{
	1: "create", 2: "delete", 3: "exists", 4: "getData", 5: "setData", 6: "getACL", 7: "setACL", 8: "getChildren",
	9: "sync", Ping: "ping", 12: "getChildren2", 13: "check", 14: "multi", 15: "create2", 18: "removeWatches",
	19: "createContainer", 20: "deleteContainer", 21: "createTTL", 22: "multiRead", Auth: "auth",
	SetWatches: "setWatches", SetWatches2: "setWatches2", 106: "addWatch", CloseSession: "closeSession",
}

func (op Op) String() string {
	if name := names[op]; name != "" {
		return name
	}
	return fmt.Sprintf("op %d", int32(op))
}

// bookkeeping reports whether a request only keeps the session.
func (op Op) bookkeeping() bool {
	switch op {
	case Ping, CloseSession, Auth, SetWatches, SetWatches2:
		return true
	}
	return false
}
