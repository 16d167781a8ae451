package realzk

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
)

// Request is a client's request as a proxy sees it pass.
type Request struct {
	Op    int32  // ZooKeeper's opcode
	Path  string // of those requests that begin with one
	Flags int32  // of a create: 1 ephemeral, 2 sequential
	xid   int32
}

// LockCreate recognises the create of a lock's node: ephemeral and sequential.
func LockCreate(r Request) bool {
	return (r.Op == opCreate || r.Op == opCreate2) && r.Flags == 3
}

// faults are those of a proxy's verbs that look into the conversation, and what they have seen there.
type faults struct {
	mu      sync.Mutex
	loss    *loss
	swap    bool
	session int64
	passwd  []byte
}

// loss is a reply to be lost.
type loss struct {
	match func(Request) bool
	then  func()
	done  chan Request
	req   Request
}

// LoseReply loses the reply to the next request that matches: the request reaches the server, nothing that the
// server sends from then on reaches the client, and once the reply is there, so that the request is known to have
// been carried out, the connection is reset. Before the reset, then is called (nil: nothing is), for instance
// [Proxy.Refuse] so that the client cannot reconnect at once. The channel delivers the request after the reset.
func (p *Proxy) LoseReply(match func(Request) bool, then func()) <-chan Request {
	l := &loss{match: match, then: then, done: make(chan Request, 1)}
	p.arm(l)
	return l.done
}

func (p *Proxy) arm(l *loss) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.loss = l
}

// SwapSession makes the next client that connects lose its session and get another: the session id and password
// that it sends are blanked, so the server opens a new one.
func (p *Proxy) SwapSession() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.swap = true
}

// Session is the last session that a client got or resumed through the proxy, and its password; 0 if none has.
func (p *Proxy) Session() (id int64, passwd []byte) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	return p.faults.session, p.faults.passwd
}

// Expire ends that session on the server as a third party would, see [Server.Expire].
func (p *Proxy) Expire() error {
	id, passwd := p.Session()
	if id == 0 {
		return fmt.Errorf("expire through %s: no client has a session", p.Addr())
	}
	if err := closeSession(p.backend, id, passwd); err != nil {
		return fmt.Errorf("expire session 0x%x at %s: %w", id, p.backend, err)
	}
	return nil
}

// converse is ZooKeeper's client protocol on one link.
func (p *Proxy) converse(l *link) (requests, replies stream) {
	t := &talk{faults: &p.faults, link: l, requests: newFrames(l.client), replies: newFrames(l.server)}
	return stream{t.requests, t.request}, stream{t.replies, t.reply}
}

// talk follows the conversation on one link.
type talk struct {
	faults   *faults
	link     *link
	requests *frames
	replies  *frames
	asked    bool                 // the client's first frame has passed; its goroutine's alone
	answered bool                 // the server's first frame has passed; its goroutine's alone
	losing   atomic.Pointer[loss] // from here on the client gets nothing
}

// request is called for every piece from the client.
func (t *talk) request(piece []byte) []byte {
	body, ok := t.requests.body(piece)
	if !ok {
		return piece
	}
	if !t.asked {
		t.asked = true
		return t.faults.connectRequest(piece)
	}
	if r, ok := decodeRequest(body); ok {
		if l := t.faults.take(r); l != nil {
			t.losing.Store(l)
		}
	}
	return piece
}

// reply is called for every piece from the server.
func (t *talk) reply(piece []byte) []byte {
	body, ok := t.replies.body(piece)
	if l := t.losing.Load(); l != nil {
		if h, header := decodeReplyHeader(body); ok && header && h.xid == l.req.xid {
			if l.then != nil {
				l.then()
			}
			t.link.reset()
			l.done <- l.req
		}
		return nil
	}
	if ok && !t.answered {
		t.answered = true
		t.faults.connectReply(body)
	}
	return piece
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

func (f *faults) connectReply(body []byte) {
	r, err := decodeConnectReply(body)
	if err != nil || r.session == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.session, f.passwd = r.session, append([]byte(nil), r.passwd...)
}
