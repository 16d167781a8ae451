package realzk

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// TB is the part of testing.TB that is needed here.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Run gives the test a server of its own, which it may stop, kill and freeze, and which ends with the test.
// Where there is no ZooKeeper the test is skipped, or failed if ZOOKEEPER_REQUIRED=1.
func Run(tb TB, opts ...Option) *Server {
	tb.Helper()
	srv, err := Start(opts...)
	if err != nil {
		giveUp(tb, err)
		return nil
	}
	tb.Cleanup(func() {
		if err := srv.Close(); err != nil {
			tb.Logf("close %s: %v", srv, err)
		}
	})
	tb.Logf("%s", srv)
	return srv
}

var shared struct {
	sync.Mutex
	srv *Server
	err error
}

// Shared gives the one server that all tests of this test binary share. It is started on first use and runs until
// [StopShared], which TestMain must call; nothing may stop or freeze it. Tests keep apart by using paths of their
// own: with ZOOKEEPER_SERVERS it is not even fresh. No goroutine of this package runs for it.
func Shared(tb TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.srv == nil && shared.err == nil {
		if shared.srv, shared.err = startShared(); shared.err == nil {
			fmt.Fprintf(os.Stderr, "realzk: %s\n", shared.srv)
		}
	}
	if shared.err != nil {
		giveUp(tb, shared.err)
		return nil
	}
	tb.Logf("%s", shared.srv)
	return shared.srv
}

func startShared() (*Server, error) {
	w, err := findWay("", true)
	if err != nil {
		return nil, err
	}
	if r, ok := w.(*running); ok {
		return r.direct()
	}
	return startServer(w, newSettings(nil))
}

// StopShared ends the shared server, if there is one. A leak check over the whole binary wraps it:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(m)) }
func StopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.srv == nil {
		return nil
	}
	err := shared.srv.Close()
	shared.srv = nil
	return err
}

// Main wraps a *testing.M: its Run runs the tests and then stops the shared server.
func Main(m interface{ Run() int }) interface{ Run() int } { return stopping{m} }

type stopping struct{ m interface{ Run() int } }

func (s stopping) Run() int {
	code := s.m.Run()
	if err := StopShared(); err != nil {
		fmt.Fprintf(os.Stderr, "realzk: stop the shared server: %v\n", err)
		return max(code, 1)
	}
	return code
}

// giveUp skips or fails the test.
func giveUp(tb TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrUnavailable) && !required() {
		tb.Skipf("%v", err)
		return
	}
	tb.Fatalf("%v", err)
}
