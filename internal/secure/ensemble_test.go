package secure

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/authority"
	"burrow.example/zookeeper/internal/realzk"
)

var full = flag.Bool("full", false, "run everything, as make secure does")

// T is the session timeout.
const T = 6 * time.Second

// The credentials of these tests, and of nobody else.
const (
	user     = "burrow"
	password = "correct-horse-battery"
	mistyped = "correct-horse-batery"
)

// The authority of server and clients, another one that neither trusts, and what they issued.
var (
	ours, strangers = authority.New("Ensemble CA"), authority.New("Other CA")
	serverPair      = ours.Issue("zookeeper", authority.ForHosts("localhost", "127.0.0.1"))
	clientPair      = ours.Issue("notifier")
)

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "32")
	goleak.VerifyTestMain(runner{m})
}

type runner struct{ m *testing.M }

func (r runner) Run() int {
	code := r.m.Run()
	text := written.String()
	if err := errors.Join(clean(text), resentNone(text)); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: in all that was written:", err)
		code = max(code, 1)
	} else if *full {
		fmt.Printf("\n%d connections had a session: go-zookeeper itself re-sent credentials on none of them.\n"+
			"%d bytes of log lines down to debug, errors, Stats, printed Configs and Coordinators: no secret in them.\n\n",
			strings.Count(text, resent)/2, len(text)) // each is logged in two encodings
	}
	if shared.srv != nil {
		if err := shared.srv.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "close the server:", err)
			return max(code, 1)
		}
	}
	return code
}

var shared struct {
	once sync.Once
	srv  *realzk.Server
	err  error
}

// options of a server that takes clients with TLS 1.2 and 1.3, each with a certificate of our authority.
func options() []realzk.Option {
	return []realzk.Option{
		realzk.Via("installed"),
		realzk.TLS(authority.KeyStore(serverPair), ours.PEM()),
		realzk.ConfigLines("ssl.protocol=TLSv1.3", "ssl.enabledProtocols=TLSv1.3,TLSv1.2",
			// By default ZooKeeper 3.8 has no cipher suite of TLS 1.3 (X509Util.DEFAULT_CIPHERS_JAVA11).
			"ssl.ciphersuites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
	}
}

// server is the one that the tests share, each with a root path of its own.
func server(t *testing.T) *realzk.Server {
	t.Helper()
	shared.once.Do(func() { shared.srv, shared.err = realzk.Start(options()...) })
	unavailable(t, shared.err)
	return shared.srv
}

// beside lets a test run beside others, since they wait more than they work; but not where times are to be shown.
func beside(t *testing.T) {
	if !*full {
		t.Parallel()
	}
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, realzk.ErrUnavailable) && os.Getenv("ZOOKEEPER_REQUIRED") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// clientTLS is how a client ought to be configured, with one version of TLS alone.
func clientTLS(version uint16) *tls.Config {
	return &tls.Config{
		RootCAs: ours.Pool(), Certificates: []tls.Certificate{clientPair}, MinVersion: version, MaxVersion: version,
	}
}

var digestAuth = []zookeeper.Auth{{Scheme: "digest", Credential: user + ":" + password}}

var roots atomic.Int64

// config is that of an application that does everything right.
func config(t *testing.T, srv *realzk.Server) zookeeper.Config {
	t.Helper()
	return zookeeper.Config{
		Servers:        []string{srv.SecureAddr()},
		RootPath:       newRoot(),
		SessionTimeout: T,
		TLS:            clientTLS(tls.VersionTLS13),
		Auth:           digestAuth,
		ACL:            zk.DigestACL(zk.PermAll, user, password),
	}
}

func newRoot() string { return fmt.Sprintf("/secure-%d", roots.Add(1)) }

// start runs a coordinator until the end of the test.
func start(t *testing.T, config zookeeper.Config) *zookeeper.Coordinator {
	t.Helper()
	zc := &zookeeper.Coordinator{Config: config, Log: written.logger()}
	zc.Configure()
	if err := zc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := zc.Stop(); err != nil {
			t.Error(err)
		}
		written.look(zc)
	})
	return zc
}

// via is a Dial that leads to one address, whatever the name.
func via(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
}

// port of a "host:port".
func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// within polls until the condition holds.
func within(limit time.Duration, what string, holds func() bool) error {
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(limit); !holds(); <-poll.C {
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %s", limit, what)
		}
	}
	return nil
}
