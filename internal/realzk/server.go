package realzk

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// startLimit is how long a server may take until it serves. A JVM needs 0.3 s on an idle machine; a loaded
// two-core machine with a container to create has been seen to need 6 s.
const startLimit = 60 * time.Second

// host is where one server lives: a child process, a container, or a proxy in front of somebody else's server.
type host interface {
	start() error   // launches it, the first time or again; does not wait until it serves
	exited() bool   // has it ended by itself?
	stop() error    // in good order
	kill() error    // at once
	freeze() error  // stops it in its tracks: its sockets stay, nothing answers
	thaw() error    // lets it go on
	output() string // the end of its log
	close() error   // kills it and removes all that it left
}

// Server is one real ZooKeeper server. Its methods may be called from several goroutines; they run one at a time.
type Server struct {
	addr   string
	secure port // of TLS, if it has any
	how    string
	host   host

	mu      sync.Mutex
	version string
	up      bool // started and not stopped
	closed  bool
}

// Start brings up a server of the caller's own and returns once it serves. The caller ends it with Close.
// The error is [ErrUnavailable] if this machine has no ZooKeeper.
func Start(opts ...Option) (*Server, error) {
	s := newSettings(opts)
	w, err := findWay(s.via, true)
	if err != nil {
		return nil, err
	}
	return startServer(w, s)
}

func startServer(w way, s settings) (*Server, error) {
	srv, err := newServer(w, s)
	if err != nil {
		return nil, err
	}
	if err := srv.StartAgain(); err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	return srv, nil
}

// newServer makes the server without starting it.
func newServer(w way, s settings) (*Server, error) {
	srv := &Server{how: w.how()}
	var err error
	if s.secure != nil {
		if srv.secure, err = holdPort(); err != nil {
			return nil, err
		}
		s.secure.port = srv.secure.number
	}
	if srv.addr, srv.host, err = w.newHost(s); err != nil {
		return nil, errors.Join(fmt.Errorf("server via %s: %w", w.how(), err), srv.secure.release())
	}
	return srv, nil
}

// Addr is where clients reach the server, "127.0.0.1:port". It stays the same across Stop and StartAgain.
func (s *Server) Addr() string { return s.addr }

// SecureAddr is where clients reach the server by TLS, "127.0.0.1:port"; "" unless it was started with [TLS]. It stays
// the same as well.
func (s *Server) SecureAddr() string {
	if s.secure.number == 0 {
		return ""
	}
	return s.secure.addr()
}

// How says how the server was had, such as "installed: /usr/share/java/zookeeper.jar".
func (s *Server) How() string { return s.how }

// Version is the server's own word, such as "3.8.0".
func (s *Server) Version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// String is the line that says which server it is and how it was had.
func (s *Server) String() string {
	return fmt.Sprintf("zookeeper %s at %s (%s)", s.Version(), s.addr, s.how)
}

// StartAgain starts a stopped or killed server with the data it had, on the same address, and returns once it serves.
func (s *Server) StartAgain() error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.awaitServing(startLimit)
}

// launch starts the server and does not wait: a member of an ensemble serves only once there is a quorum.
func (s *Server) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return fmt.Errorf("start %s: closed", s.addr)
	case s.up:
		return fmt.Errorf("start %s: already running", s.addr)
	}
	if err := s.host.start(); err != nil {
		return fmt.Errorf("start %s: %w", s.addr, err)
	}
	s.up = true
	return nil
}

// Stop ends the server in good order, as an operator would.
func (s *Server) Stop() error { return s.end("stop", s.host.stop) }

// Kill ends the server at once, as a power failure would: its sockets close, nothing is said.
func (s *Server) Kill() error { return s.end("kill", s.host.kill) }

func (s *Server) end(verb string, do func() error) error {
	return s.signal(verb, func() error {
		if err := do(); err != nil {
			return err
		}
		s.up = false
		return nil
	})
}

// Freeze stops the server in its tracks (SIGSTOP): its connections stay open, new ones are accepted by the
// kernel, and nothing is answered.
func (s *Server) Freeze() error { return s.signal("freeze", s.host.freeze) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() error { return s.signal("thaw", s.host.thaw) }

// signal does something to a running server.
func (s *Server) signal(verb string, do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.up {
		return fmt.Errorf("%s %s: not running", verb, s.addr)
	}
	if err := do(); err != nil {
		return fmt.Errorf("%s %s: %w", verb, s.addr, err)
	}
	return nil
}

// Log is the end of the server's own log.
func (s *Server) Log() string { return s.host.output() }

// Close kills the server and removes all that it left. It is idempotent.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed, s.up = true, false
	return errors.Join(s.host.close(), s.secure.release())
}

// awaitServing waits until the server answers that it serves.
func (s *Server) awaitServing(limit time.Duration) error {
	deadline := time.Now().Add(limit)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for polls := 1; ; polls++ {
		stat, err := fourLetter(s.addr, "srvr", 250*time.Millisecond)
		if v, ok := parseVersion(stat); ok {
			s.mu.Lock()
			s.version = v
			s.mu.Unlock()
			return nil
		}
		if err == nil {
			err = fmt.Errorf("srvr says %q", strings.TrimSpace(stat))
		}
		if polls%10 == 0 && s.host.exited() {
			return fmt.Errorf("server %s (%s) ended by itself; the end of its log:\n%s", s.addr, s.how, s.Log())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("server %s (%s) does not serve after %s: %w; the end of its log:\n%s", s.addr, s.how, limit, err, s.Log())
		}
		<-poll.C
	}
}
