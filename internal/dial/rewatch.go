package dial

import (
	"encoding/binary"
	"time"
)

// rewatch keeps what a server says from the client library until that has asked for its watches again, which it does when
// the session has moved to a new connection: for what happened since the zxid that it read last (Conn.sendSetWatches in
// go-zookeeper v1.0.4). But another of its goroutines is reading by then, and if that gets an answer first, the library
// asks for too little: what happened between the two connections is never told.
type rewatch struct {
	asked  chan struct{} // room for one; nil if nothing is waited for
	waited bool          // the reader's
}

// rewatchPatience is for how long that is waited for, in vain where no watch is left.
const rewatchPatience = 10 * time.Millisecond

func newRewatch() rewatch { return rewatch{asked: make(chan struct{}, 1)} }

// wrote is told what is written.
func (r *rewatch) wrote(frame []byte) {
	if opcode(frame) == opSetWatches {
		select {
		case r.asked <- struct{}{}:
		default:
		}
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
