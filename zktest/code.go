package zktest

import "strconv"

// Code is the error code of a reply. The zero value is OK.
type Code int32

// The error codes of ZooKeeper that a server sends.
const (
	OK                      Code = 0
	SystemError             Code = -1
	RuntimeInconsistency    Code = -2
	DataInconsistency       Code = -3
	ConnectionLoss          Code = -4
	MarshallingError        Code = -5
	Unimplemented           Code = -6
	OperationTimeout        Code = -7
	BadArguments            Code = -8
	APIError                Code = -100
	NoNode                  Code = -101
	NoAuth                  Code = -102
	BadVersion              Code = -103
	NoChildrenForEphemerals Code = -108
	NodeExists              Code = -110
	NotEmpty                Code = -111
	SessionExpired          Code = -112
	InvalidACL              Code = -114
	AuthFailed              Code = -115
	SessionMoved            Code = -118
	NoWatcher               Code = -121
	ReconfigDisabled        Code = -123
)

var codeNames = map[Code]string{
	OK:                      "ok",
	SystemError:             "system error",
	RuntimeInconsistency:    "runtime inconsistency",
	DataInconsistency:       "data inconsistency",
	ConnectionLoss:          "connection loss",
	MarshallingError:        "marshalling error",
	Unimplemented:           "unimplemented",
	OperationTimeout:        "operation timeout",
	BadArguments:            "bad arguments",
	APIError:                "api error",
	NoNode:                  "no node",
	NoAuth:                  "no auth",
	BadVersion:              "bad version",
	NoChildrenForEphemerals: "no children for ephemerals",
	NodeExists:              "node exists",
	NotEmpty:                "not empty",
	SessionExpired:          "session expired",
	InvalidACL:              "invalid acl",
	AuthFailed:              "auth failed",
	SessionMoved:            "session moved",
	NoWatcher:               "no watcher",
	ReconfigDisabled:        "reconfig disabled",
}

// String names the code in words.
func (c Code) String() string {
	if n, ok := codeNames[c]; ok {
		return n
	}
	return "code " + strconv.Itoa(int(c))
}

// Error makes a Code an error, which is how the server passes it around inside.
func (c Code) Error() string { return "zktest: " + c.String() }
