package zktest

// The owner of a node says what kind of node it is: 0 for an ordinary one, a session for an ephemeral one,
// and two ranges of numbers that no session has for containers and for nodes with a TTL.
const (
	containerOwner int64 = -1 << 63
	ttlMask        int64 = -1 << 56 // the high byte is 0xff
	maxTTL         int64 = 1<<40 - 1
)

type ownership int

const (
	ownedByNobody ownership = iota
	ownedBySession
	ownedByContainer
	ownedByTTL
)

func ownerKind(owner int64) ownership {
	switch {
	case owner == 0:
		return ownedByNobody
	case owner == containerOwner:
		return ownedByContainer
	case owner&ttlMask == ttlMask:
		return ownedByTTL
	}
	return ownedBySession
}

// createMode is what the flags of a create request mean.
type createMode struct {
	ephemeral, sequential, container, ttl bool
}

// createModes are all the flags there are; anything else is a bad argument.
var createModes = map[int32]createMode{
	0: {},
	1: {ephemeral: true},
	2: {sequential: true},
	3: {ephemeral: true, sequential: true},
	4: {container: true},
	5: {ttl: true},
	6: {ttl: true, sequential: true},
}
