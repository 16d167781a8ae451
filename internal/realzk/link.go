package realzk

import (
	"context"
	"io"
	"net"
	"sync"
)

// link is one client's connection through a proxy: what comes from either side goes to the other, past a gate.
type link struct {
	client *net.TCPConn
	ctx    context.Context // ends with the link
	cancel context.CancelFunc

	mu     sync.Mutex
	server *net.TCPConn // nil until dialled
	done   bool
}

func newLink(parent context.Context, client *net.TCPConn) *link {
	l := &link{client: client}
	l.ctx, l.cancel = context.WithCancel(parent)
	return l
}

// attach gives the link its server, unless the link has ended meanwhile.
func (l *link) attach(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		server.Close()
		return false
	}
	l.server = server
	return true
}

// reset ends the link with an RST to both sides.
func (l *link) reset() { l.end(true) }

func (l *link) end(reset bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return
	}
	l.done = true
	l.cancel()
	for _, c := range []*net.TCPConn{l.client, l.server} {
		if c == nil {
			continue
		}
		if reset {
			c.SetLinger(0)
		}
		c.Close()
	}
}

// stream is one direction of a link: its pieces, and what becomes of each (nil: dropped).
type stream struct {
	pieces piecewise
	filter func(piece []byte) []byte
}

// pump moves what comes from src to dst, past the gate, until src ends, and passes the end on as well.
// Any failure resets the link.
func (l *link) pump(src stream, dst *net.TCPConn, g *gate) {
	for {
		piece, err := src.pieces.next()
		if len(piece) > 0 {
			for out := src.filter(piece); len(out) > 0; {
				n, ok := g.take(len(out), l.ctx.Done())
				if !ok {
					return
				}
				if _, err := dst.Write(out[:n]); err != nil {
					l.reset()
					return
				}
				out = out[n:]
			}
		}
		if err == nil {
			continue
		}
		// The end takes the same way as the bytes: behind a cut nobody hears of it.
		if !g.pass(l.ctx.Done()) {
			return
		}
		if err != io.EOF || dst.CloseWrite() != nil {
			l.reset()
		}
		return
	}
}
