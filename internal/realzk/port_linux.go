package realzk

import (
	"fmt"
	"os"
	"syscall"
)

// port is a TCP port on 127.0.0.1 that stays ours while a server or a proxy on it is down. A bound socket that
// does not listen holds it: connections are refused, the kernel gives the port to nobody else, and whoever
// listens with SO_REUSEADDR, as Go and ZooKeeper both do, still may.
type port struct {
	number int
	held   *os.File
}

func holdPort() (p port, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return port{}, fmt.Errorf("hold a port: %w", err)
	}
	p.held = os.NewFile(uintptr(fd), "held port")
	defer func() {
		if err != nil {
			p.held.Close()
		}
	}()
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return port{}, fmt.Errorf("hold a port: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return port{}, fmt.Errorf("hold a port: %w", err)
	}
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		return port{}, fmt.Errorf("hold a port: %w", err)
	}
	p.number = addr.(*syscall.SockaddrInet4).Port
	return p, nil
}

func (p port) addr() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

// release gives the port up; none, if it is the zero port.
func (p port) release() error {
	if p.held == nil {
		return nil
	}
	return p.held.Close()
}
