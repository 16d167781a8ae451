package dial

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// rewatch keeps what a server says from the client library until that has asked for its watches again, which it does when
// the session has moved to a new connection: for what happened since the zxid that it read last (Conn.sendSetWatches in
// go-zookeeper v1.0.4). But another of its goroutines is reading by then, and if that gets an answer first, the library
// asks for too little: what happened between the two connections is never told.
type rewatch struct {
	asked  chan struct{} // room for one; nil if nothing is waited for
	waited bool          // the reader's
	did    bool          // the writer's: it has asked
	closes atomic.Bool   // it closes the session instead: it will not ask, and is to read no answer
}

// rewatchPatience is for how long that is waited for, in vain where no watch is left.
const rewatchPatience = 10 * time.Millisecond

// begin is called before anything is written or read.
func (r *rewatch) begin() { r.asked = make(chan struct{}, 1) }

// wrote is told what is written, before it is.
func (r *rewatch) wrote(frame []byte) {
	switch opcode(frame) {
	case opSetWatches:
		if r.asked != nil && !r.did {
			r.did = true
			r.asked <- struct{}{}
		}
	case opCloseSession:
		r.closes.Store(r.asked != nil && !r.did)
	}
}

// wait is called before the reader gets anything.
func (r *rewatch) wait() {
	if r.asked == nil || r.waited {
		return
	}
	r.waited = true
	timer := time.NewTimer(rewatchPatience)
	defer timer.Stop()
	select {
	case <-r.asked:
	case <-timer.C:
	}
}

// ZooDefs.OpCode in ZooKeeper.
const (
	opExists       = 3
	opGetData      = 4
	opGetChildren  = 8
	opGetChildren2 = 12
	opSetWatches   = 101
	opCloseSession = -11 & (1<<32 - 1)
)

// opcode returns a request's, which is behind a length and an xid; 0 for none.
func opcode(frame []byte) uint32 {
	if len(frame) < 12 {
		return 0
	}
	return binary.BigEndian.Uint32(frame[8:])
}

// watches reports whether a request asks for a watch, with the flag that is its last field (zookeeper.jute).
func watches(frame []byte) bool {
	switch opcode(frame) {
	case opExists, opGetData, opGetChildren, opGetChildren2:
		return frame[len(frame)-1] == 1
	}
	return false
}
