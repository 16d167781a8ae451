package realzk

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

func TestFourLetterCommandsPassAProxy(t *testing.T) {
	proxy := Shared(t).Proxy(t)
	if answer, err := fourLetter(proxy.Addr(), "ruok", 5*time.Second); err != nil || answer != "imok" {
		t.Fatalf("ruok says %q, %v", answer, err)
	}
}

func TestLoseReplyCarriesTheRequestOut(t *testing.T) {
	srv := Shared(t)
	proxy := srv.Proxy(t)
	conn := connect(t, proxy.Addr())
	parent := newNode(t, conn)

	lost := proxy.LoseReply(LockCreate, proxy.Refuse)
	// Neither ephemeral alone nor sequential alone is a lock's node.
	for _, flags := range []int32{0, zk.FlagEphemeral, zk.FlagSequence} {
		if _, err := conn.Create(parent+"/other", nil, flags, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		if err := deleteAll(conn, parent); err != nil {
			t.Fatal(err)
		}
	}
	_, err := conn.Create(parent+"/lock-", nil, zk.FlagEphemeral|zk.FlagSequence, zk.WorldACL(zk.PermAll))
	if err == nil {
		t.Fatal("the reply arrived")
	}
	select {
	case req := <-lost:
		if req.Path != parent+"/lock-" {
			t.Fatalf("lost the reply to %+v", req)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no reply was lost")
	}
	if _, err := net.DialTimeout("tcp", proxy.Addr(), soon); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("a reconnect says %v", err)
	}
	children, _, err := connect(t, srv.Addr()).Children(parent)
	if err != nil || len(children) != 1 {
		t.Fatalf("the server has %v, %v", children, err)
	}
	proxy.Heal()
	if children, _, err = conn.Children(parent); err != nil || len(children) != 1 {
		t.Fatalf("the client finds %v, %v after reconnecting", children, err)
	}
}

func TestSwapSessionGivesAnother(t *testing.T) {
	proxy := Shared(t).Proxy(t)
	conn := connect(t, proxy.Addr())
	first, passwd := proxy.Session()
	if first == 0 || first != conn.SessionID() || len(passwd) != 16 {
		t.Fatalf("the proxy saw session 0x%x with %d bytes of password, the client has 0x%x", first, len(passwd), conn.SessionID())
	}
	proxy.SwapSession()
	proxy.Reset()
	eventually(t, "a second session", func() bool {
		_, _, err := conn.Exists("/")
		second, _ := proxy.Session()
		return err == nil && second != first
	})
	// Only once: the next reconnect resumes.
	second, _ := proxy.Session()
	proxy.Reset()
	eventually(t, "a reconnect", func() bool {
		_, _, err := conn.Exists("/")
		return err == nil
	})
	if id, _ := proxy.Session(); id != second {
		t.Fatalf("session 0x%x became 0x%x", second, id)
	}
}

func TestExpireDeletesWhatTheSessionHeld(t *testing.T) {
	srv := Shared(t)
	proxy := srv.Proxy(t)
	conn, other := connect(t, proxy.Addr()), connect(t, srv.Addr())
	parent := newNode(t, other)
	if _, err := conn.Create(parent+"/mine", nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
	id, passwd := proxy.Session()
	if err := srv.Expire(id, []byte("not the password")); !errors.Is(err, ErrSessionUnknown) {
		t.Fatalf("a wrong password says %v", err)
	}
	if err := proxy.Expire(); err != nil {
		t.Fatal(err)
	}
	if there, _, err := other.Exists(parent + "/mine"); err != nil || there {
		t.Fatalf("its ephemeral node is there: %v, %v", there, err)
	}
	if err := srv.Expire(id, passwd); !errors.Is(err, ErrSessionUnknown) {
		t.Fatalf("expiring it again says %v", err)
	}
}

// newNode makes a node of the test's own and deletes it afterwards.
func newNode(t *testing.T, conn *zk.Conn) string {
	t.Helper()
	path, err := conn.Create("/realzk-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(deleteAll(conn, path), conn.Delete(path, -1)); err != nil {
			t.Errorf("delete %s: %v", path, err)
		}
	})
	return path
}

func deleteAll(conn *zk.Conn, parent string) error {
	children, _, err := conn.Children(parent)
	for _, child := range children {
		err = errors.Join(err, conn.Delete(parent+"/"+child, -1))
	}
	return err
}

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-limit:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
