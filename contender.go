package zookeeper

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Contenders for a lock are the sequential children of its node. Ours are called as go-zookeeper's Lock calls them,
// and Curator's mutex: _c_<guid>-lock-<sequence>. The guid finds the node again whose create reply was lost.
const (
	protection = "_c_"
	lockSuffix = "-lock-"

	guidSize       = 16 // bytes
	sequenceDigits = 10
)

// contenderName matches what counts in the queue: names that end in "lock-" or, as kazoo has it, "lock__", and a
// sequence number. Everything else below a lock's node is not a contender, and none of our business.
var contenderName = regexp.MustCompile(`lock(?:-|__)(-?[0-9]+)$`)

// newGUID returns 32 random hexadecimal digits.
func newGUID() string {
	var guid [guidSize]byte
	rand.Read(guid[:]) // never fails
	return hex.EncodeToString(guid[:])
}

// sequence returns the sequence number in the name of a contender; false for other names.
func sequence(name string) (int64, bool) {
	match := contenderName.FindStringSubmatch(name)
	if match == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	return n, err == nil
}

// position is a contender's in the queue for a lock.
type position struct {
	ahead  int    // how many there are before it
	before string // the next of them; "" if there is none
	second string // and the one before that
}

// place finds a contender's position among the children of a lock's node. It reports false if the contender is not there.
func place(children []string, own string) (p position, found bool) {
	mine, _ := sequence(own)
	var before, second int64
	for _, name := range children {
		if name == own {
			found = true
			continue
		}
		n, ok := sequence(name)
		if !ok || n > mine || n == mine && name > own {
			continue
		}
		p.ahead++
		switch {
		case p.before == "" || n > before || n == before && name > p.before:
			p.second, second = p.before, before
			p.before, before = name, n
		case p.second == "" || n > second || n == second && name > p.second:
			p.second, second = name, n
		}
	}
	return p, found
}

// first returns the contender that holds the lock; "" if there is none.
func first(children []string) string {
	var lowest string
	var best int64
	for _, name := range children {
		if n, ok := sequence(name); ok && (lowest == "" || n < best || n == best && name < lowest) {
			best, lowest = n, name
		}
	}
	return lowest
}

// line returns the contenders in the order in which they hold the lock.
func line(children []string) []string {
	type contender struct {
		name     string
		sequence int64
	}
	var waiting []contender
	for _, name := range children {
		if n, ok := sequence(name); ok {
			waiting = append(waiting, contender{name, n})
		}
	}
	slices.SortFunc(waiting, func(a, b contender) int {
		return cmp.Or(cmp.Compare(a.sequence, b.sequence), strings.Compare(a.name, b.name))
	})
	names := make([]string, len(waiting))
	for i, c := range waiting {
		names[i] = c.name
	}
	return names
}

// byGUID returns the child that was created with a guid; "" if there is none.
func byGUID(children []string, guid string) string {
	for _, name := range children {
		if strings.HasPrefix(name, protection+guid+"-") {
			return name
		}
	}
	return ""
}
