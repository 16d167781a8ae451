package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper/internal/authority"
	"burrow.example/zookeeper/internal/hosts"
)

// TestClientCertificate: what a server that asks for one says to each, in either version of TLS: with the newer one it is
// said after the handshake.
func TestClientCertificate(t *testing.T) {
	ours, strangers := authority.New("ours"), authority.New("strangers")
	server := ours.Issue("server", authority.ForHosts("zk1.example"))
	right, wrong, outdated := ours.Issue("client"), strangers.Issue("client"), ours.Issue("client", authority.Outdated)
	sends := func(pair tls.Certificate) func(*tls.Config) {
		return func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
	}
	has := func(pairs ...tls.Certificate) func(*tls.Config) {
		return func(c *tls.Config) { c.Certificates = pairs }
	}
	cases := map[string]struct {
		client func(*tls.Config)
		wants  tls.ClientAuthType
		says   string // "" if it is let in
	}{
		"the right one":       {has(right), tls.RequireAndVerifyClientCert, ""},
		"the right of two":    {has(wrong, right), tls.RequireAndVerifyClientCert, ""},
		"the right one, sent": {sends(right), tls.RequireAndVerifyClientCert, ""},
		"none":                {has(), tls.RequireAndVerifyClientCert, "required by the server, and Config.TLS has none"},
		"another CA's":        {has(wrong), tls.RequireAndVerifyClientCert, `issued by one of ["CN=ours,O=Example"]; Config.TLS has "CN=client,O=Example" (issued by "CN=strangers`},
		"another CA's, sent":  {sends(wrong), tls.RequireAndVerifyClientCert, `"CN=client,O=Example" (issued by "CN=strangers,O=Example") refused by the server`},
		"an outdated one":     {has(outdated), tls.RequireAndVerifyClientCert, "refused by the server"},
		"none, none asked":    {has(), tls.NoClientCert, ""},
		"none, one requested": {has(), tls.RequestClientCert, ""},
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for name, c := range cases {
			t.Run(tls.VersionName(version)+"/"+name, func(t *testing.T) {
				config := &tls.Config{RootCAs: ours.Pool(), MaxVersion: version}
				c.client(config)
				h := hosts.New([]string{"zk1.example:2281"})
				d := piped(t, Options{Hosts: h, TLS: config, Dial: listen(t, func(name string, raw net.Conn) {
					secure := tls.Server(raw, &tls.Config{
						Certificates: []tls.Certificate{server}, ClientCAs: ours.Pool(), ClientAuth: c.wants,
					})
					if secure.Handshake() == nil {
						gives(T, 7)(name, secure)
					} else {
						io.Copy(io.Discard, raw) // or else a reset can overtake the alert
					}
				})}, nil)
				conn, err := d.Dial("tcp", "zk1.example:2281", time.Second)
				if err == nil {
					_, err = attach(conn, 0)
				}
				if c.says == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if !errors.Is(err, ErrClientCertificate) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("the error is %v, want %s", err, c.says)
				}
			})
		}
	}
}

// TestServerThatHangsUp in the place of an alert has said enough if it asked for a certificate in vain, and not otherwise.
func TestServerThatHangsUp(t *testing.T) {
	have := authority.New("ours").Issue("client").Leaf
	for name, c := range map[string]struct {
		seen *secured
		err  error
		want bool
	}{
		"without TLS":            {nil, io.EOF, false},
		"not asked":              {&secured{}, io.EOF, false},
		"asked in vain":          {&secured{asked: true}, io.EOF, true},
		"asked, none that suits": {&secured{asked: true, have: have}, io.ErrUnexpectedEOF, true},
		"asked and answered":     {&secured{asked: true, have: have, sent: have}, io.EOF, false},
		"another alert":          {&secured{asked: true, sent: have}, &net.OpError{Op: "remote error", Err: tls.AlertError(80)}, false},
		"an alert on it":         {&secured{asked: true, sent: have}, &net.OpError{Op: "remote error", Err: tls.AlertError(116)}, true},
		"no agreement":           {&secured{asked: true}, &net.OpError{Op: "remote error", Err: tls.AlertError(40)}, true},
		"silence":                {&secured{asked: true}, errors.New("i/o timeout"), false},
	} {
		if got := c.seen.refused(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestTLSThatIsNotAskedFor: the alert with which a server answers a client without.
func TestTLSThatIsNotAskedFor(t *testing.T) {
	d := piped(t, Options{}, saying([]byte{recordAlert, recordMajor, 3, 0, 2, 2, 70}))
	if _, err := attach(dialed(t, d), 0); err == nil || !strings.Contains(err.Error(), "Config.TLS is not set") {
		t.Errorf("the error is %v", err)
	}
}

// TestIdentity names whom a server is told, and no secret.
func TestIdentity(t *testing.T) {
	pair := authority.New("ours").Issue("client")
	bare := pair
	bare.Leaf = nil
	asked := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	for want, c := range map[string]struct {
		auths  []Auth
		config *tls.Config
	}{
		"without credentials":               {nil, nil},
		"without credentials ":              {nil, &tls.Config{RootCAs: x509.NewCertPool()}},
		`as digest user "a"`:                {[]Auth{{"digest", []byte("a:b:secret")}}, nil},
		`as digest user "a", kerberos`:      {[]Auth{{"digest", []byte("a:secret")}, {"kerberos", []byte("x:secret")}}, nil},
		`as digest`:                         {[]Auth{{"digest", []byte("secret")}}, nil},
		`as x509 "CN=client,O=Example"`:     {nil, &tls.Config{Certificates: []tls.Certificate{pair}}},
		`as ip, x509 "CN=client,O=Example"`: {[]Auth{{"ip", nil}}, &tls.Config{Certificates: []tls.Certificate{bare}}},
		"as holder of a client certificate": {nil, &tls.Config{GetClientCertificate: asked}},
	} {
		if got := Identity(c.auths, c.config); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
