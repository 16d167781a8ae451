package zktest

import (
	"fmt"
	"net"
)

// listen opens a member's port and accepts connections on it until unlisten.
func (s *Server) listen(m *Member) error {
	if s.opt.memory {
		return nil
	}
	ln, err := net.Listen("tcp", m.addr)
	if err != nil {
		return fmt.Errorf("member %d: %w", m.number, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.listener = ln
	if addr := ln.Addr().String(); addr != m.addr { // at the first start only: Addr reads it without the mutex
		m.addr = addr
	}
	s.wait.Add(1)
	go s.accept(m, ln)
	return nil
}

// accept is a listener's goroutine. It ends when the listener is closed; Server.Close waits for it.
func (s *Server) accept(m *Member, ln net.Listener) {
	defer s.wait.Done()
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if m.listener != ln || m.role == stopped || s.closed {
			s.mu.Unlock()
			nc.Close()
			continue
		}
		s.serveTCP(m, nc)
		s.mu.Unlock()
	}
}

func (s *Server) unlisten(m *Member) {
	s.mu.Lock()
	ln := m.listener
	m.listener = nil
	s.mu.Unlock()
	if ln != nil {
		ln.Close()
	}
}
