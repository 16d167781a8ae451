package secure

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
)

// cut is where one connection breaks: after so many bytes of one direction, and how.
type cut struct {
	reading bool // what comes from the server, rather than what goes there
	after   int
	how     manner
}

func (c cut) String() string {
	direction := "written"
	if c.reading {
		direction = "read"
	}
	return fmt.Sprintf("%s after %d bytes %s", c.how, c.after, direction)
}

// manner is a way for a connection to break.
type manner int

const (
	reset manner = iota // both sides get an error
	lost                // what is written vanishes, nothing comes back
	stuck               // writes block as well: the buffers are full

)

func (m manner) String() string { return [...]string{"reset", "lost", "stuck"}[m] }

// scissors makes the connections of one client, and cuts them.
type scissors struct {
	dialer func(ctx context.Context, network, address string) (net.Conn, error)

	mu      sync.Mutex
	next    *cut // of the next connection
	current *snipped
	dials   int
}

func (s *scissors) dial(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := s.dialer(ctx, network, address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	s.current = &snipped{Conn: raw, cut: s.next}
	s.next = nil
	return s.current, nil
}

// cutNext breaks the current connection now, and the one after it as told.
func (s *scissors) cutNext(c cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = &c
	s.current.reset()
}

// cutFirst breaks the first connection that there will be.
func (s *scissors) cutFirst(c cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = &c
}

// reset breaks the current connection.
func (s *scissors) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.reset()
}

// counts are the bytes so far on the current connection, and how many connections there were.
func (s *scissors) counts() (written, read, dials int) {
	s.mu.Lock()
	c := s.current
	dials = s.dials
	s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written, c.read, dials
}

// snipped is a connection that may break.
type snipped struct {
	net.Conn
	cut *cut // nil: never

	mu            sync.Mutex
	written, read int
}

func (c *snipped) Write(p []byte) (int, error) {
	c.mu.Lock()
	whole := len(p)
	if c.cut != nil && !c.cut.reading {
		whole = max(0, min(len(p), c.cut.after-c.written))
	}
	gone := c.cut != nil && c.cut.reading && c.read >= c.cut.after // nothing reaches a server that is gone, either
	c.written += whole
	c.mu.Unlock()
	if gone && c.cut.how == lost {
		return len(p), nil
	}
	n, err := c.Conn.Write(p[:whole])
	if err != nil || whole == len(p) {
		return n, err
	}
	switch c.cut.how {
	case lost:
		return len(p), nil
	case stuck:
		return n, c.void()
	}
	return n, c.reset()
}

func (c *snipped) Read(p []byte) (int, error) {
	c.mu.Lock()
	over := c.cut != nil && !c.cut.reading && c.written >= c.cut.after && c.cut.how != reset
	if c.cut != nil && c.cut.reading {
		left := c.cut.after - c.read
		over = left <= 0
		p = p[:max(0, min(len(p), left))]
	}
	c.mu.Unlock()
	if over && c.cut.how == reset {
		return 0, c.reset()
	}
	if over {
		return 0, c.void()
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read += n
	return n, err
}

// void blocks until the deadline, or until the connection is closed.
func (c *snipped) void() error {
	for hole := make([]byte, 512); ; {
		if _, err := c.Conn.Read(hole); err != nil {
			return err
		}
	}
}

func (c *snipped) reset() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Conn.Close()
	return syscall.ECONNRESET
}
