package uptime

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// errOver stops a request that a leader no longer may make.
var errOver = errors.New("leadership is over")

// newClient makes the requests of one leadership. Whoever makes one has asked Valid before, but between that and
// the first byte on the wire lie a name to resolve, a connection to make, perhaps a pause of the process. So every
// write to the network asks again.
//
// Every request has a connection of its own: a check should find out whether somebody new gets through, and over a
// connection that is used again net/http repeats a request by itself, also a POST if it has an idempotency key.
func newClient(l Leadership) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &leadersConn{Conn: conn, leadership: l}, nil
	}
	return &http.Client{Transport: transport}
}

// leadersConn is a connection that only the leader can write to.
type leadersConn struct {
	net.Conn
	leadership Leadership
}

func (c *leadersConn) Write(p []byte) (int, error) {
	if !c.leadership.Valid() {
		return 0, errOver
	}
	return c.Conn.Write(p)
}
