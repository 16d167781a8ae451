package realzk

import (
	"fmt"
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

// LoseReply loses the reply to the next request that matches: the request reaches the server, nothing that the
// server sends from then on reaches the client, and once the reply is there, so that the request is known to have
// been carried out, the connection is reset. Before the reset, then is called (nil: nothing is), for instance
// [Proxy.Refuse] so that the client cannot reconnect at once. The channel delivers the request after the reset.
func (p *Proxy) LoseReply(match func(Request) bool, then func()) <-chan Request {
	return p.faults.loseReply(match, then)
}

// SwapSession makes the next client that connects lose its session and get another: the session id and password
// that it sends are blanked, so the server opens a new one.
func (p *Proxy) SwapSession() { p.faults.swapSession() }

// Session is the last session that a client got or resumed through the proxy, and its password; 0 if none has.
func (p *Proxy) Session() (id int64, passwd []byte) {
	id, passwd, _ = p.faults.lastSession()
	return id, passwd
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
	t := &talk{faults: p.faults, link: l, backend: p.backend,
		requests: newFrames(l.client), replies: newFrames(l.server)}
	return stream{t.requests, t.request}, stream{t.replies, t.reply}
}

// talk follows the conversation on one link.
type talk struct {
	faults   *faults
	link     *link
	backend  string
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
		t.faults.connectReply(body, t.backend)
	}
	return piece
}
