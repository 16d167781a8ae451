package main

import (
	"context"
	"encoding/binary"
	"maps"
	"net"
	"sync"

	"burrow.example/zookeeper/zktest"
)

// meter counts what clients and a server say to each other, whatever it is: requests by the op code that stands in their
// header, watch events by the xid that marks them (ClientCnxn in ZooKeeper). It lies below the client library.
type meter struct {
	below dialFunc

	mu    sync.Mutex
	count count
	conns map[*metered]bool
}

// count is what has been counted.
type count struct {
	Requests map[zktest.Op]int // pings apart, and OpConnect for the handshake
	Pings    int
	Events   int
	Sent     int64 // bytes, by the clients
	Received int64
}

func newMeter(below dialFunc) *meter {
	return &meter{below: below, count: count{Requests: make(map[zktest.Op]int)}, conns: make(map[*metered]bool)}
}

// read returns what has been counted so far.
func (m *meter) read() count {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.count
	c.Requests = maps.Clone(c.Requests)
	return c
}

// since returns what was counted after an earlier reading.
func (c count) since(earlier count) count {
	d := count{
		Requests: make(map[zktest.Op]int), Pings: c.Pings - earlier.Pings, Events: c.Events - earlier.Events,
		Sent: c.Sent - earlier.Sent, Received: c.Received - earlier.Received,
	}
	for op, n := range c.Requests {
		if n > earlier.Requests[op] {
			d.Requests[op] = n - earlier.Requests[op]
		}
	}
	return d
}

// total is the number of requests but for the given ones.
func (c count) total(without ...zktest.Op) int {
	var all int
	for _, n := range c.Requests {
		all += n
	}
	for _, op := range without {
		all -= c.Requests[op]
	}
	return all
}

// frames is the number of packets that a server counts as received: it leaves out the handshakes.
func (c count) frames() int { return c.total(zktest.OpConnect) + c.Pings }

// dial is Config.Dial.
func (m *meter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := m.below(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &metered{Conn: conn, meter: m}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns[c] = true
	return c, nil
}

// drop closes the connections that there are.
func (m *meter) drop() {
	m.mu.Lock()
	var conns []*metered
	for c := range m.conns {
		conns = append(conns, c)
	}
	m.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

// metered is one connection. One goroutine reads, one writes.
type metered struct {
	net.Conn
	meter             *meter
	requests, replies framer
}

func (c *metered) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.meter.mu.Lock()
	defer c.meter.mu.Unlock()
	c.meter.count.Sent += int64(n)
	c.requests.feed(b[:n], func(first bool, head [8]byte) {
		op := zktest.Op(int32(binary.BigEndian.Uint32(head[4:])))
		switch {
		case first:
			c.meter.count.Requests[zktest.OpConnect]++
		case op == zktest.OpPing:
			c.meter.count.Pings++
		default:
			c.meter.count.Requests[op]++
		}
	})
	return n, err
}

func (c *metered) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.meter.mu.Lock()
	defer c.meter.mu.Unlock()
	c.meter.count.Received += int64(n)
	c.replies.feed(b[:n], func(first bool, head [8]byte) {
		if !first && int32(binary.BigEndian.Uint32(head[:])) == -1 {
			c.meter.count.Events++
		}
	})
	return n, err
}

func (c *metered) Close() error {
	c.meter.mu.Lock()
	delete(c.meter.conns, c)
	c.meter.mu.Unlock()
	return c.Conn.Close()
}

// framer finds the beginnings of the frames in a stream: each is a length and so many bytes.
type framer struct {
	head  [4 + 8]byte // the length, and what the frame begins with
	have  int
	left  int // of the frame beyond its head
	begun bool
}

func (f *framer) feed(b []byte, each func(first bool, head [8]byte)) {
	for len(b) > 0 {
		if f.left > 0 {
			n := min(f.left, len(b))
			f.left, b = f.left-n, b[n:]
			continue
		}
		n := copy(f.head[f.have:], b)
		f.have, b = f.have+n, b[n:]
		if f.have == len(f.head) { // no frame is shorter
			f.left = int(binary.BigEndian.Uint32(f.head[:])) - 8
			each(!f.begun, [8]byte(f.head[4:]))
			f.have, f.begun = 0, true
		}
	}
}
