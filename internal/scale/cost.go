package main

import (
	"fmt"
	"math"
	"time"
)

// fleet is what the cost follows from: instances, each with one session, that all contend for the same names.
type fleet struct {
	instances int
	names     int
	timeout   time.Duration // as negotiated
	path      int           // bytes in the path of a lock node
}

// lockName is the length of a lock node's name: _c_, a guid, -lock- and ten digits.
const lockName = 3 + 32 + 6 + 10

func (f fleet) lockNodes() int { return f.instances * f.names }

// watches: everybody watches its own node, the one before, and the one before that, as far as there are any.
func (f fleet) watches() int {
	return f.names * (f.instances + max(f.instances-1, 0) + max(f.instances-2, 0))
}

// checks is how many a second the fleet has committed, if so many of its instances lead something, and so many others are
// next in line for something: every T/12 and every T/8 (internal/lease/parts.go), whatever the number of names.
func (f fleet) checks(leading, next int) float64 {
	return (12*float64(leading) + 8*float64(next)) / f.timeout.Seconds()
}

// pings is how many a second: the client library sends one every T/3, whether or not anything else is said.
func (f fleet) pings() float64 { return 3 * float64(f.instances) / f.timeout.Seconds() }

// The frames' sizes in bytes, their own length included (zookeeper.jute in ZooKeeper): a ping is a request header, its
// answer a reply header. A check is a multi of one: a header, {op, done, err}, path and version, and {-1, true, -1}.
const (
	pingSent, pingReceived = 4 + 8, 4 + 16
	checkReceived          = 4 + 16 + 9 + 9
)

func (f fleet) checkSent() int { return 4 + 8 + 9 + (4 + f.path) + 4 + 9 }

// bytes is how many a second go to the servers and come back while nothing happens.
func (f fleet) bytes(leading, next int) (sent, received float64) {
	checks, pings := f.checks(leading, next), f.pings()
	return checks*float64(f.checkSent()) + pings*pingSent, checks*checkReceived + pings*pingReceived
}

// listing is the size of the answer that lists so many candidates: a reply header, their names, and the node's stat.
func listing(candidates int) int { return 4 + 16 + 4 + candidates*(4+lockName) + 68 }

// joining is what all candidates of a name receive at most as they join: each a listing of all the others, and a few
// short answers. If they come one after the other the listings are half as long on the average.
func joining(candidates int) int { return candidates * (listing(candidates) + 600) }

// setWatches is how many requests restore the watches of a connection that was lost: the client library puts 128 kB
// into each.
func setWatches(watches, path int) int {
	perRequest := (128<<10 - 28) / (4 + path)
	return int(math.Ceil(float64(watches) / float64(perRequest)))
}

// closing is the size of what the transaction that ends a session holds: the paths of its nodes.
func closing(nodes, path int) int { return 4 + nodes*(4+path) }

// example is a line of the table in docs/scale.md: so many instances, each of which leads something, or only one does.
type example struct {
	fleet
	leading, next int
}

// examples are the lines of the table.
var examples = []example{
	{fleet{3, 1, 6 * time.Second, examplePath}, 1, 1},
	{fleet{3, 100, 6 * time.Second, examplePath}, 3, 0},
	{fleet{50, 20, 10 * time.Second, examplePath}, 20, 20},
	{fleet{50, 1000, 30 * time.Second, examplePath}, 50, 0},
	{fleet{1000, 1, 6 * time.Second, examplePath}, 1, 1},
	{fleet{1000, 1, 30 * time.Second, examplePath}, 1, 1},
	{fleet{1, 10000, 6 * time.Second, examplePath}, 1, 0},
}

const examplePath = len("/burrow/notifier/") + lockName

func (e example) line() string {
	sent, received := e.bytes(e.leading, e.next)
	return fmt.Sprintf("| %d | %d | %.0f s | %d | %d | %d | %.2f | %.1f | %.0f | %.0f |", e.instances, e.names, e.timeout.Seconds(),
		e.leading, e.lockNodes()+e.names, e.watches(), e.checks(e.leading, e.next), e.pings(), sent, received)
}
