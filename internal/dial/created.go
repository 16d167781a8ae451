package dial

import (
	"encoding/binary"
	"sync"
)

// created notes the zxids of creates. The library does not tell, and the zxid in the header of the answer is the czxid of
// the node: knowing it here saves asking for it.
type created struct {
	mu    sync.Mutex
	zxids map[string]int64 // of the paths that somebody wants to know of; 0 without an answer
	asked map[uint32]string
}

// opCreate is ZooDefs.OpCode.create in ZooKeeper, CreateRequest (zookeeper.jute) begins with the path.
const opCreate = 1

// Expect has the next create of a path noted, until Created is called for it.
func (d *Dialer) Expect(path string) {
	c := &d.created
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zxids == nil {
		c.zxids, c.asked = make(map[string]int64), make(map[uint32]string)
	}
	c.zxids[path] = 0
}

// Created returns the zxid of the create of a path that was expected; 0 if it has not been answered. It must be called
// for every path expected.
func (d *Dialer) Created(path string) int64 {
	c := &d.created
	c.mu.Lock()
	defer c.mu.Unlock()
	zxid := c.zxids[path]
	delete(c.zxids, path)
	for xid, asked := range c.asked {
		if asked == path {
			delete(c.asked, xid)
		}
	}
	return zxid
}

// wrote is told what is written, before it is: frames of a length, an xid, an opcode and a request.
func (c *created) wrote(frame []byte) {
	if len(frame) < 16 || opcode(frame) != opCreate {
		return
	}
	end := 16 + int64(binary.BigEndian.Uint32(frame[12:]))
	if end > int64(len(frame)) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, wanted := c.zxids[string(frame[16:end])]; wanted { // which copies nothing
		c.asked[binary.BigEndian.Uint32(frame[4:])] = string(frame[16:end])
	}
}

// answered is told of an answer.
func (c *created) answered(xid uint32, zxid int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if path, ok := c.asked[xid]; ok {
		delete(c.asked, xid)
		c.zxids[path] = zxid
	}
}
