package realzk

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(Main(m)) }

// TestHow is what "make test" runs verbosely, to show which server the tests use.
func TestHow(t *testing.T) {
	srv := Shared(t)
	if srv.Version() == "" || srv.How() == "" {
		t.Fatalf("version %q, how %q", srv.Version(), srv.How())
	}
	if again := Shared(t); again != srv {
		t.Fatal("a second server is shared")
	}
}

// TestEveryWay has a server of each way that this machine has do what a server must.
func TestEveryWay(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"docker", "installed"} {
		t.Run(way, func(t *testing.T) {
			if _, err := findWay(way, true); errors.Is(err, ErrUnavailable) {
				t.Logf("not on this machine: %v", err)
				return
			}
			t.Run("keeps data and address", func(t *testing.T) { keepsDataAndAddress(t, Run(t, Via(way))) })
			t.Run("freezes", func(t *testing.T) { freezes(t, Run(t, Via(way))) })
			t.Run("does not start", func(t *testing.T) { doesNotStart(t, way) })
		})
	}
}

func keepsDataAndAddress(t *testing.T, srv *Server) {
	put(t, srv.Addr(), "/kept", "data")
	addr := srv.Addr()
	for _, end := range []func() error{srv.Stop, srv.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if _, err := srv.FourLetter("ruok"); !refused(err) {
			t.Fatalf("a server that was ended says %v", err)
		}
		if err := end(); err == nil {
			t.Fatal("it can be ended twice")
		}
		if err := srv.StartAgain(); err != nil {
			t.Fatal(err)
		}
		if err := srv.StartAgain(); err == nil {
			t.Fatal("it can be started twice")
		}
		if srv.Addr() != addr {
			t.Fatalf("address was %s, is %s", addr, srv.Addr())
		}
		if got := get(t, addr, "/kept"); got != "data" {
			t.Fatalf("got %q", got)
		}
	}
}

func freezes(t *testing.T, srv *Server) {
	freeze := func() {
		t.Helper()
		if err := srv.Freeze(); err != nil {
			t.Fatal(err)
		}
		if answer, err := fourLetter(srv.Addr(), "ruok", soon); err == nil {
			t.Fatalf("a frozen server says %q", answer)
		}
	}
	freeze()
	if err := srv.Thaw(); err != nil {
		t.Fatal(err)
	}
	if answer, err := srv.FourLetter("ruok"); err != nil || answer != "imok" {
		t.Fatalf("a thawed server says %q, %v", answer, err)
	}
	for _, end := range []func() error{srv.Stop, srv.Kill} {
		freeze()
		if err := end(); err != nil {
			t.Fatalf("end a frozen server: %v", err)
		}
		if err := srv.StartAgain(); err != nil {
			t.Fatal(err)
		}
	}
	freeze()
	if err := srv.Close(); err != nil {
		t.Fatalf("close a frozen server: %v", err)
	}
}

func doesNotStart(t *testing.T, way string) {
	began := time.Now()
	srv, err := Start(Via(way), ConfigLines("tickTime=nonsense"))
	if err == nil {
		srv.Close()
		t.Fatal("started with a nonsensical tickTime")
	}
	if !strings.Contains(err.Error(), "ended by itself") || !strings.Contains(err.Error(), "nonsense") {
		t.Fatalf("says %v", err)
	}
	if took := time.Since(began); took > startLimit/2 {
		t.Fatalf("took %s to notice", took)
	}
}

// TestServersOfOthers has a server of ours stand for somebody else's.
func TestServersOfOthers(t *testing.T) {
	theirs := Run(t)
	t.Setenv("ZOOKEEPER_SERVERS", "127.0.0.1:1, "+theirs.Addr())
	srv := Run(t, Via("servers"))
	if srv.Addr() == theirs.Addr() {
		t.Fatal("nothing stands in front of the server")
	}
	for _, fault := range []struct {
		name     string
		do, undo func() error
	}{
		{"stop", srv.Stop, srv.StartAgain},
		{"kill", srv.Kill, srv.StartAgain},
		{"freeze", srv.Freeze, srv.Thaw},
	} {
		if err := fault.do(); err != nil {
			t.Fatal(err)
		}
		if answer, err := fourLetter(srv.Addr(), "ruok", soon); err == nil {
			t.Fatalf("after %s the server says %q", fault.name, answer)
		}
		if err := fault.undo(); err != nil {
			t.Fatal(err)
		}
		if answer, err := srv.FourLetter("ruok"); err != nil || answer != "imok" {
			t.Fatalf("after %s and its end the server says %q, %v", fault.name, answer, err)
		}
	}
	if answer, err := theirs.FourLetter("ruok"); err != nil || answer != "imok" {
		t.Fatalf("the server itself says %q, %v", answer, err)
	}
}

func TestServersThatDoNotServeAreNoReasonToSkip(t *testing.T) {
	t.Setenv("ZOOKEEPER_SERVERS", "127.0.0.1:1")
	if _, err := Start(Via("servers")); err == nil || errors.Is(err, ErrUnavailable) {
		t.Fatalf("says %v", err)
	}
}

func TestUnknownWay(t *testing.T) {
	if _, err := Start(Via("pigeon")); err == nil || !strings.Contains(err.Error(), "pigeon") {
		t.Fatalf("says %v", err)
	}
}

// TestNoServer has a machine without any way skip, or fail if a server is required.
func TestNoServer(t *testing.T) {
	t.Setenv("ZOOKEEPER_SERVERS", "")
	for required, want := range map[string]string{"": "skip", "1": "fail"} {
		t.Setenv("ZOOKEEPER_REQUIRED", required)
		var tb verdict
		if srv := Run(&tb, Via("servers")); srv != nil {
			t.Fatal("got a server")
		}
		if tb.is != want || !strings.Contains(tb.why, "setup.sh") {
			t.Fatalf("ZOOKEEPER_REQUIRED=%s: %s, %s", required, tb.is, tb.why)
		}
	}
}

// verdict is a TB that keeps what became of the test.
type verdict struct{ is, why string }

func (v *verdict) Helper()                     {}
func (v *verdict) Logf(string, ...any)         {}
func (v *verdict) Cleanup(func())              {}
func (v *verdict) Skipf(f string, args ...any) { v.is, v.why = "skip", fmt.Sprintf(f, args...) }
func (v *verdict) Fatalf(f string, args ...any) {
	v.is, v.why = "fail", fmt.Sprintf(f, args...)
}

// connect opens a session and closes it with the test.
func connect(t *testing.T, addr string) *zk.Conn {
	t.Helper()
	return connectTo(t, []string{addr})
}

func connectTo(t *testing.T, addrs []string) *zk.Conn {
	t.Helper()
	conn, events, err := zk.Connect(addrs, 10*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	limit := time.After(20 * time.Second)
	for {
		select {
		case e := <-events:
			if e.State == zk.StateHasSession {
				return conn
			}
		case <-limit:
			t.Fatalf("no session at %s", addrs)
		}
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func put(t *testing.T, addr, path, data string) {
	t.Helper()
	if _, err := connect(t, addr).Create(path, []byte(data), 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, addr, path string) string {
	t.Helper()
	data, _, err := connect(t, addr).Get(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
