package zookeeper_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
)

// digest has an instance present a password.
func digest(i *instance, user, password string) {
	i.Config.Auth = []zookeeper.Auth{{Scheme: "digest", Credential: user + ":" + password}}
}

// TestWrongPasswordIsAnErrorAtStart, though ZooKeeper takes any.
func TestWrongPasswordIsAnErrorAtStart(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		for _, acl := range [][]zk.ACL{zk.DigestACL(zk.PermAll, "burrow", "right"), zk.AuthACL(zk.PermAll)} {
			w.root += "x"
			first := w.configure("first")
			first.Config.ACL = acl
			digest(first, "burrow", "right")
			first.Configure()
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			for password, want := range map[string]error{"right": nil, "wrong": zk.ErrNoAuth} {
				i := w.configure(password)
				i.Config.ACL = acl
				digest(i, "burrow", password)
				i.Configure()
				err := i.Start()
				if !errors.Is(err, want) {
					t.Errorf("%s password: %v", password, err)
				}
				if want != nil && (!strings.Contains(err.Error(), w.root) || !strings.Contains(err.Error(), `digest user "burrow"`)) {
					t.Errorf("the error is %v", err)
				}
				if err := i.Stop(); err != nil {
					t.Error(err)
				}
			}
			if children, _, err := first.App.Zookeeper.Children(w.root); err != nil || len(children) > 0 {
				t.Errorf("to ask has left something behind: %v, %v", children, err)
			}
			if err := first.Stop(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestReadingIsEnoughToStart, for those who watch who leads; to contend is not allowed, and the error says as whom.
func TestReadingIsEnoughToStart(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		acl := append(zk.DigestACL(zk.PermAll, "burrow", "right"), zk.WorldACL(zk.PermRead)...)
		leader := w.configure("leader")
		leader.Config.ACL = acl
		digest(leader, "burrow", "right")
		leader.Configure()
		if err := leader.Start(); err != nil {
			t.Fatal(err)
		}
		defer leader.Stop()
		leader.mustCampaign("busy")
		watcher := w.start("watcher")
		if info, err := watcher.App.Leader(context.Background(), "busy"); err != nil || info.ID != "leader" {
			t.Errorf("leader: %+v, %v", info, err)
		}
		for _, name := range []string{"busy", "new"} {
			_, err := watcher.App.Campaign(context.Background(), name)
			if !errors.Is(err, zk.ErrNoAuth) || !strings.Contains(err.Error(), "without credentials") {
				t.Errorf("campaign %s: %v", name, err)
			}
		}
	})
}

// TestACLThatTheServerRefuses is named.
func TestACLThatTheServerRefuses(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		i := w.configure("a")
		i.Config.ACL = []zk.ACL{{Perms: zk.PermAll, Scheme: "kerberos", ID: "a"}}
		i.Configure()
		if err := i.Start(); !errors.Is(err, zk.ErrInvalidACL) || !strings.Contains(err.Error(), "Config.ACL [kerberos]") {
			t.Errorf("Start: %v", err)
		}
		if err := i.Stop(); err != nil {
			t.Error(err)
		}
	})
}
