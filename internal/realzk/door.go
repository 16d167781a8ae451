package realzk

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// door is where a proxy's clients come in. It is open, or it drops connection attempts (nothing answers the SYN,
// as with a host that is gone), or it refuses them (RST, as with a process that is gone). Its methods are called
// one at a time.
type door struct {
	port  port
	enter func(*net.TCPConn) // gets each client; must not block

	listener *net.TCPListener // nil: refusing
	filler   net.Conn         // not nil: dropping
	accepts  sync.WaitGroup   // the goroutine that accepts, while open
}

// admit opens the door.
func (d *door) admit() error {
	switch {
	case d.listener == nil:
		l, err := net.Listen("tcp4", d.port.addr())
		if err != nil {
			return fmt.Errorf("listen again: %w", err)
		}
		d.listener = l.(*net.TCPListener)
	case d.filler != nil:
		if err := d.backlog(syscall.SOMAXCONN); err != nil {
			return err
		}
	default:
		return nil
	}
	filler := d.filler
	d.filler = nil
	if err := d.listener.SetDeadline(time.Time{}); err != nil {
		return err
	}
	d.accepts.Add(1)
	// Owned by the door: stopAccepting ends it and waits for it.
	go d.accept(d.listener, filler)
	return nil
}

func (d *door) accept(l *net.TCPListener, filler net.Conn) {
	defer d.accepts.Done()
	if filler != nil {
		defer filler.Close()
	}
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			return
		}
		if filler != nil && c.RemoteAddr().String() == filler.LocalAddr().String() {
			c.Close()
			continue
		}
		d.enter(c)
	}
}

// drop has the kernel drop connection attempts: the queue of connections to be accepted has room for one, one
// connection of our own fills it, and nobody accepts. A client that was quicker stays in the queue instead,
// connected and unanswered, and is served when the door opens.
func (d *door) drop() error {
	if d.filler != nil {
		return nil
	}
	if d.listener == nil {
		if err := d.admit(); err != nil {
			return err
		}
	}
	if err := d.stopAccepting(); err != nil {
		return err
	}
	if err := d.backlog(0); err != nil {
		return err
	}
	filler, err := net.DialTimeout("tcp4", d.port.addr(), 100*time.Millisecond)
	if err != nil {
		filler = noConn{} // the queue is full already
	}
	d.filler = filler
	return nil
}

// noConn stands for the filler where none was needed.
type noConn struct{ net.Conn }

func (noConn) Close() error        { return nil }
func (noConn) LocalAddr() net.Addr { return &net.TCPAddr{} }

// refuse shuts the door.
func (d *door) refuse() error {
	if d.listener == nil {
		return nil
	}
	if d.filler != nil {
		d.filler.Close()
	} else if err := d.stopAccepting(); err != nil {
		return err
	}
	err := d.listener.Close()
	d.listener, d.filler = nil, nil
	return err
}

// stopAccepting ends the goroutine that accepts, and lets in those who are connected but were not accepted yet:
// to them the door was open.
func (d *door) stopAccepting() error {
	if err := d.listener.SetDeadline(time.Unix(1, 0)); err != nil {
		return err
	}
	d.accepts.Wait()
	for {
		c, err := d.acceptNow()
		if err != nil || c == nil {
			return err
		}
		d.enter(c)
	}
}

// acceptNow accepts without waiting, nil if there is nobody. (An Accept whose deadline is over does not look.)
func (d *door) acceptNow() (*net.TCPConn, error) {
	raw, err := d.listener.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, acceptErr := -1, error(nil)
	if err := raw.Control(func(l uintptr) {
		syscall.ForkLock.RLock() // a child that inherited the connection would keep it open
		defer syscall.ForkLock.RUnlock()
		if fd, _, acceptErr = syscall.Accept(int(l)); acceptErr == nil {
			syscall.CloseOnExec(fd)
		}
	}); err != nil {
		return nil, err
	}
	if acceptErr != nil {
		return nil, nil // EAGAIN, or a client that has gone again
	}
	f := os.NewFile(uintptr(fd), "accepted")
	defer f.Close()
	c, err := net.FileConn(f) // a duplicate, in the mode that it needs
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

func (d *door) backlog(n int) error {
	raw, err := d.listener.SyscallConn()
	if err != nil {
		return err
	}
	var listenErr error
	if err := raw.Control(func(fd uintptr) { listenErr = syscall.Listen(int(fd), n) }); err != nil {
		return err
	}
	if listenErr != nil {
		return fmt.Errorf("listen with a backlog of %d: %w", n, listenErr)
	}
	return nil
}
