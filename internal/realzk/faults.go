package realzk

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// faults are those verbs that look into a client's conversation, and what was seen there. The proxies that one
// client reaches different servers through share them.
type faults struct {
	mu      sync.Mutex
	loss    *loss
	swap    bool
	session int64
	passwd  []byte
	server  string // that gave or resumed the session
}

// loss is a reply to be lost.
type loss struct {
	match func(Request) bool
	then  func()
	done  chan Request
	req   Request
}

func (f *faults) loseReply(match func(Request) bool, then func()) <-chan Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loss = &loss{match: match, then: then, done: make(chan Request, 1)}
	return f.loss.done
}

func (f *faults) swapSession() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.swap = true
}

func (f *faults) lastSession() (id int64, passwd []byte, server string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.session, f.passwd, f.server
}

// take disarms the loss if this is the request that it waits for.
func (f *faults) take(r Request) *loss {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.loss
	if l == nil || !l.match(r) {
		return nil
	}
	f.loss = nil
	l.req = r
	return l
}

// connectRequest blanks the session that a client asks for, if its session is to be swapped.
func (f *faults) connectRequest(frame []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	const session, passwd = 4 + 4 + 8 + 4, 4 + 4 + 8 + 4 + 8
	if !f.swap || len(frame) < passwd+4 {
		return frame
	}
	f.swap = false
	clear(frame[session:passwd])
	n := int(binary.BigEndian.Uint32(frame[passwd:]))
	if first := passwd + 4; first+n <= len(frame) {
		clear(frame[first : first+n])
	}
	return frame
}

// connectReply notes the session that a server gave.
func (f *faults) connectReply(body []byte, server string) {
	r, err := decodeConnectReply(body)
	if err != nil || r.session == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.session, f.passwd, f.server = r.session, bytes.Clone(r.passwd), server
}
