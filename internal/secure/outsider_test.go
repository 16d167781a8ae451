package secure

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"path"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/realzk"
)

// outsider is a client of go-zookeeper alone: on the port with TLS if it has a configuration for it, and with a digest
// if it has one.
func outsider(t *testing.T, srv *realzk.Server, secure *tls.Config, digest string) *zk.Conn {
	t.Helper()
	address, dial := srv.Addr(), net.DialTimeout
	if secure != nil {
		address = srv.SecureAddr()
		dial = func(network, address string, timeout time.Duration) (net.Conn, error) {
			return tls.DialWithDialer(&net.Dialer{Timeout: timeout}, network, address, secure)
		}
	}
	conn, events, err := zk.Connect([]string{address}, 2*T, zk.WithLogger(silent{}), zk.WithDialer(dial))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		for range events {
		}
	})
	if digest != "" {
		if err := conn.AddAuth("digest", []byte(digest)); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// TestOutsiders can neither read nor delete nor change what the library creates, nor get in line, whichever kind of ACL
// keeps them out; insiders can.
func TestOutsiders(t *testing.T) {
	beside(t)
	srv := server(t)
	strange := clientTLS(tls.VersionTLS13)
	strange.Certificates = []tls.Certificate{ours.Issue("stranger")}
	for name, c := range map[string]struct {
		acl     []zk.ACL
		auth    []zookeeper.Auth
		insider func() *zk.Conn
	}{
		"digest": {zk.DigestACL(zk.PermAll, user, password), digestAuth,
			func() *zk.Conn { return outsider(t, srv, nil, user+":"+password) }},
		"x509": {[]zk.ACL{{Perms: zk.PermAll, Scheme: "x509", ID: "CN=notifier,O=Example"}}, nil,
			func() *zk.Conn { return outsider(t, srv, clientTLS(tls.VersionTLS12), "") }},
		"one's own, by digest": {zk.AuthACL(zk.PermAll), digestAuth,
			func() *zk.Conn { return outsider(t, srv, nil, user+":"+password) }},
		"one's own, by certificate": {zk.AuthACL(zk.PermAll), nil,
			func() *zk.Conn { return outsider(t, srv, clientTLS(tls.VersionTLS13), "") }},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, srv)
			cfg.ACL, cfg.Auth = c.acl, c.auth
			leader, second := start(t, cfg), start(t, cfg)
			l, err := leader.App.Campaign(t.Context(), "notifier")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			waiting := make(chan error, 1)
			go func() { // ends with ctx; awaited below
				_, err := second.App.Campaign(ctx, "notifier")
				waiting <- err
			}()
			in := c.insider()
			var nodes []string
			queue := path.Join(cfg.RootPath, "notifier")
			if err := within(T, "two in line", func() bool {
				names, _, _ := in.Children(queue)
				nodes = names
				return len(names) == 2
			}); err != nil {
				t.Fatal(err)
			}
			for who, out := range map[string]*zk.Conn{
				"nobody":                outsider(t, srv, nil, ""),
				"the wrong password":    outsider(t, srv, nil, user+":"+mistyped),
				"another user":          outsider(t, srv, nil, "guest:"+password),
				"another certificate":   outsider(t, srv, strange, ""),
				"a certificate and all": outsider(t, srv, strange, user+":"+mistyped),
			} {
				for _, node := range nodes {
					shutOut(t, who, out, path.Join(queue, node))
				}
				shutOut(t, who, out, queue)
				shutOut(t, who, out, cfg.RootPath)
			}
			for _, node := range nodes {
				if data, _, err := in.Get(path.Join(queue, node)); err != nil || len(data) == 0 {
					t.Errorf("an insider gets %q, %v", data, err)
				}
			}
			if !l.Valid() {
				t.Error("the leader leads no more")
			}
			cancel()
			if err := <-waiting; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

// shutOut tries on a node what must not succeed.
func shutOut(t *testing.T, who string, out *zk.Conn, node string) {
	t.Helper()
	open := zk.WorldACL(zk.PermAll)
	for what, do := range map[string]func() error{
		"read it":        func() error { _, _, err := out.Get(node); return err },
		"list it":        func() error { _, _, err := out.Children(node); return err },
		"read its ACL":   func() error { _, _, err := out.GetACL(node); return err },
		"delete it":      func() error { return out.Delete(node, -1) },
		"write it":       func() error { _, err := out.Set(node, nil, -1); return err },
		"change its ACL": func() error { _, err := out.SetACL(node, open, -1); return err },
		"create in it":   func() error { _, err := out.Create(node+"/x", nil, 0, open); return err },
		"get in line": func() error {
			_, err := out.Create(node+"/_c_0-lock-", nil, zk.FlagEphemeralSequential, open)
			return err
		},
		"prove by it": func() error {
			answers, err := out.Multi(&zk.CheckVersionRequest{Path: node, Version: -1})
			if len(answers) > 0 {
				err = answers[0].Error
			}
			return err
		},
	} {
		if path.Dir(node) == "/" && what == "delete it" {
			continue // whoever may delete in "/", which is open here, may try; it is not empty
		}
		if err := do(); !errors.Is(err, zk.ErrNoAuth) {
			t.Errorf("%s can %s: %s: %v", who, what, node, err)
		}
	}
}
