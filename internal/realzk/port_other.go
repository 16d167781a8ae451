//go:build !linux

package realzk

import (
	"fmt"
	"net"
)

// port is a TCP port on 127.0.0.1 that was free a moment ago. Only Linux lets a socket hold it for another.
type port struct{ number int }

func holdPort() (port, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return port{}, fmt.Errorf("find a port: %w", err)
	}
	return port{number: l.Addr().(*net.TCPAddr).Port}, l.Close()
}

func (p port) addr() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

func (p port) release() error { return nil }
