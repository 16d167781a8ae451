package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/authority"
)

// connectTimeout is that of a coordinator with a mistake: on a busy machine a TLS handshake takes its time.
const connectTimeout = 3 * time.Second

// mistake is one that whoever sets up an application can make.
type mistake struct {
	name string
	tls  bool // told once with TLS 1.2 and once with 1.3
	make func(*zookeeper.Config)
	is   error            // what the error is to errors.Is; or, if nil,
	as   func(error) bool // what tells its type
	says []string
}

// as reports whether errors.As finds an E.
func as[E error](err error) bool {
	var found E
	return errors.As(err, &found)
}

func mistakes(plain, secure string) []mistake {
	return []mistake{
		{"wrong CA", true, func(c *zookeeper.Config) { c.TLS.RootCAs = strangers.Pool() },
			nil, as[x509.UnknownAuthorityError], []string{"server certificate", `"CN=zookeeper,O=Example"`, `"CN=Ensemble CA,O=Example"`}},
		{"wrong server name", true, func(c *zookeeper.Config) {
			c.Servers, c.Dial = []string{"zk2.example:" + port(secure)}, via(secure)
		}, nil, as[x509.HostnameError], []string{"valid for localhost", "not zk2.example"}},
		{"server certificate out of date", true, func(c *zookeeper.Config) {
			c.TLS.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
		}, nil, as[x509.CertificateInvalidError], []string{"has expired"}},
		{"no client certificate", true, func(c *zookeeper.Config) { c.TLS.Certificates = nil },
			zookeeper.ErrClientCertificate, nil, []string{"client certificate required by the server, and Config.TLS has none"}},
		{"client certificate of another CA", true, func(c *zookeeper.Config) {
			c.TLS.Certificates = []tls.Certificate{strangers.Issue("notifier")}
		}, zookeeper.ErrClientCertificate, nil, []string{"client certificate required", `one of ["CN=Ensemble CA,O=Example"]`, `has "CN=notifier,O=Example" (issued by "CN=Other CA`}},
		{"the same, sent all the same", true, func(c *zookeeper.Config) {
			pair := strangers.Issue("notifier")
			c.TLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}, zookeeper.ErrClientCertificate, nil, []string{`client certificate "CN=notifier,O=Example" (issued by "CN=Other CA,O=Example") refused by the server`}},
		{"client certificate out of date", true, func(c *zookeeper.Config) {
			c.TLS.Certificates = []tls.Certificate{ours.Issue("notifier", authority.Outdated)}
		}, zookeeper.ErrClientCertificate, nil, []string{`client certificate "CN=notifier,O=Example"`, "refused by the server"}},
		{"TLS to the port without", true, func(c *zookeeper.Config) { c.Servers = []string{plain} },
			zookeeper.ErrConnectTimeout, nil, []string{"may not speak TLS"}},
		{"no TLS to the port with", false, func(c *zookeeper.Config) { c.TLS = nil },
			zookeeper.ErrConnectTimeout, nil, []string{"or want TLS here"}},

		{"wrong password", false, func(c *zookeeper.Config) { c.Auth = credential("digest", user+":"+mistyped) },
			zk.ErrNoAuth, nil, []string{"root path", `digest user "burrow"`}},
		{"no credential", false, func(c *zookeeper.Config) { c.Auth = nil },
			zk.ErrNoAuth, nil, []string{"root path", `x509 "CN=notifier,O=Example"`}},
		{"no TLS and no credential", false, func(c *zookeeper.Config) { c.TLS, c.Auth, c.Servers = nil, nil, []string{plain} },
			zk.ErrNoAuth, nil, []string{"root path", "without credentials"}},
		{"root path below one of others", false, func(c *zookeeper.Config) {
			c.RootPath, c.Auth = c.RootPath+"/a/b", credential("digest", "nobody:"+password)
		}, zk.ErrNoAuth, nil, []string{"/a/b", `digest user "nobody"`}},
		{"an ACL that shuts oneself out", false, func(c *zookeeper.Config) {
			c.RootPath, c.ACL = newRoot(), zk.DigestACL(zk.PermAll, user, mistyped)
		}, zk.ErrNoAuth, nil, []string{"root path", `digest user "burrow"`}},
		{"an ACL of a scheme that the server lacks", false, func(c *zookeeper.Config) {
			c.RootPath, c.ACL = newRoot(), []zk.ACL{{Perms: zk.PermAll, Scheme: "kerberos", ID: "notifier"}}
		}, zk.ErrInvalidACL, nil, []string{"Config.ACL [kerberos]"}},
		{"an ACL for one's own identity, of which there is none", false, func(c *zookeeper.Config) {
			c.TLS, c.Auth, c.Servers = nil, nil, []string{plain}
			c.RootPath, c.ACL = newRoot(), zk.AuthACL(zk.PermAll)
		}, zookeeper.ErrConfig, nil, []string{`ACL[0].Scheme "auth"`}},
		{"a credential of a scheme that the server lacks", false, func(c *zookeeper.Config) {
			c.Auth = credential("kerberos", password)
		}, zk.ErrAuthFailed, nil, []string{"credential kerberos refused"}},
		{"SASL", false, func(c *zookeeper.Config) { c.Auth = credential("sasl", password) },
			zookeeper.ErrConfig, nil, []string{"Auth[0] sasl", "SASL is not supported"}},
	}
}

func credential(scheme, secret string) []zookeeper.Auth {
	return []zookeeper.Auth{{Scheme: scheme, Credential: secret}}
}

// TestMistakes: each has an error that says which it is, within the connect timeout, on the root path of a fleet that
// made none.
func TestMistakes(t *testing.T) {
	beside(t)
	srv := server(t)
	right := config(t, srv)
	start(t, right)
	var lines table
	t.Run("all", func(t *testing.T) {
		for _, m := range mistakes(srv.Addr(), srv.SecureAddr()) {
			versions := []uint16{tls.VersionTLS13}
			if m.tls {
				versions = []uint16{tls.VersionTLS12, tls.VersionTLS13}
			}
			for _, version := range versions {
				name := m.name
				if m.tls {
					name += ", " + tls.VersionName(version)
				}
				row := lines.row(name)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					c := right
					c.TLS, c.ConnectTimeout = clientTLS(version), connectTimeout
					m.make(&c)
					took, err := attempt(t, c)
					row.text, row.took = fmt.Sprint(err), took
					m.check(t, err, took)
				})
			}
		}
	})
	documented(t, lines, srv, right.RootPath)
	lines.print("A mistake, the error that Start returns for it, and how long that took")
	if err := clean(written.String()); err != nil {
		t.Error(err)
	}
}

// attempt starts a coordinator that is not to start.
func attempt(t *testing.T, c zookeeper.Config) (took time.Duration, err error) {
	t.Helper()
	zc := &zookeeper.Coordinator{Config: c, Log: written.logger()}
	defer func() {
		if problem, ok := recover().(error); ok {
			err = problem
		}
		if stopped := zc.Stop(); stopped != nil {
			t.Error(stopped)
		}
		written.look(zc, err)
	}()
	begun := time.Now()
	zc.Configure()
	err = zc.Start()
	return time.Since(begun), err
}

// slack is for a machine with other things to do; TestTimeIsKept needs none.
const slack = 1500 * time.Millisecond

// check judges.
func (m mistake) check(t *testing.T, err error, took time.Duration) {
	t.Helper()
	switch {
	case err == nil:
		t.Fatal("it starts")
	case m.is != nil && !errors.Is(err, m.is):
		t.Errorf("it is not %q", m.is)
	case m.as != nil && !m.as(err):
		t.Error("it is of another type")
	}
	for _, text := range m.says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("it does not say %s", text)
		}
	}
	if took > connectTimeout+slack {
		t.Errorf("it took %v", took)
	}
	if t.Failed() {
		t.Error(err)
	}
}

// TestNothingIsVerified where the configuration says so.
func TestNothingIsVerified(t *testing.T) {
	srv := server(t)
	c := config(t, srv)
	c.Servers, c.Dial = []string{"zk2.example:" + port(srv.SecureAddr())}, via(srv.SecureAddr())
	c.TLS.RootCAs, c.TLS.InsecureSkipVerify = strangers.Pool(), true
	start(t, c)
}

// TestOnlyReading the root path is enough to start, for those who watch; to lead it is not, and the error says so.
func TestOnlyReading(t *testing.T) {
	srv := server(t)
	c := config(t, srv)
	c.ACL = append(c.ACL, zk.WorldACL(zk.PermRead)...)
	leader := start(t, c)
	if _, err := leader.App.Campaign(t.Context(), "notifier"); err != nil {
		t.Fatal(err)
	}
	c.Auth = credential("digest", user+":"+mistyped)
	watcher := start(t, c)
	if info, err := watcher.App.Leader(t.Context(), "notifier"); err != nil || info.ID == "" {
		t.Errorf("leader: %+v, %v", info, err)
	}
	_, err := watcher.App.Campaign(t.Context(), "notifier")
	if want := fmt.Sprintf("no permission to create nodes in %q as digest user %q", c.RootPath+"/notifier", user); !errors.Is(err, zk.ErrNoAuth) || !strings.Contains(err.Error(), want) {
		t.Errorf("campaign: %v, want %s", err, want)
	}
	fmt.Fprintln(&written, err)
	if !strings.Contains(written.String(), "no permission to create nodes in the root path") {
		t.Error("there is no warning")
	}
}
