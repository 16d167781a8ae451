package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper/internal/authority"
	"burrow.example/zookeeper/internal/hosts"
)

// serveTLS is a server behind TLS with this certificate. It sends the name that the client asked for to asked.
func serveTLS(pair tls.Certificate, asked chan<- string, behind func(string, net.Conn)) func(string, net.Conn) {
	return func(server string, c net.Conn) {
		secure := tls.Server(c, &tls.Config{
			Certificates: []tls.Certificate{pair},
			GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				asked <- hello.ServerName
				return nil, nil
			},
		})
		if secure.Handshake() == nil {
			behind(server, secure)
		}
	}
}

// TestTLSVerifiesTheName, as it stands in the configuration: not the address that it resolves to.
func TestTLSVerifiesTheName(t *testing.T) {
	ca, other := authority.New("ours"), authority.New("another")
	pair := ca.Issue("server", authority.ForHosts("zk1.example", "127.0.0.1", "::1"))
	var (
		unknown  x509.UnknownAuthorityError
		mismatch x509.HostnameError
	)
	cases := map[string]struct {
		server string
		config *tls.Config
		asked  string // what the server is told
		want   any    // the error, for errors.As
	}{
		"right name":           {"zk1.example:2281", &tls.Config{RootCAs: ca.Pool()}, "zk1.example", nil},
		"fully qualified name": {"zk1.example.:2281", &tls.Config{RootCAs: ca.Pool()}, "zk1.example", nil},
		"IPv4 address":         {"127.0.0.1:2281", &tls.Config{RootCAs: ca.Pool()}, "", nil},
		"IPv6 address":         {"[::1]:2281", &tls.Config{RootCAs: ca.Pool()}, "", nil},
		"name given":           {"10.0.0.1:2281", &tls.Config{RootCAs: ca.Pool(), ServerName: "zk1.example"}, "zk1.example", nil},
		"not to be verified":   {"zk9.example:2281", &tls.Config{InsecureSkipVerify: true}, "", nil},
		"wrong name":           {"zk2.example:2281", &tls.Config{RootCAs: ca.Pool()}, "zk2.example", &mismatch},
		"wrong address":        {"127.0.0.2:2281", &tls.Config{RootCAs: ca.Pool()}, "", &mismatch},
		"wrong name given":     {"zk1.example:2281", &tls.Config{RootCAs: ca.Pool(), ServerName: "zk2.example"}, "zk2.example", &mismatch},
		"wrong authority":      {"zk1.example:2281", &tls.Config{RootCAs: other.Pool()}, "zk1.example", &unknown},
	}
	// A pipe has no buffers: an alert would wait for the server to be read first. So this is real TCP.
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			given := c.config.ServerName
			asked := make(chan string, 1)
			h := hosts.New([]string{c.server})
			d := piped(t, Options{Hosts: h, TLS: c.config, Dial: listen(t, serveTLS(pair, asked, gives(T, 7)))}, nil)
			conn, err := ask(d, c.server, 0)
			if got := <-asked; got != c.asked {
				t.Errorf("the server is asked for %q, want %q", got, c.asked)
			}
			if c.config.ServerName != given {
				t.Errorf("the caller's configuration was changed, it names %q", c.config.ServerName)
			}
			if c.want != nil {
				if !errors.As(err, c.want) {
					t.Errorf("the error is %v, want %T", err, c.want)
				}
				if errs := h.LastErrors(); len(errs) != 1 || !errors.As(errs[0], c.want) {
					t.Errorf("errors noted: %v", errs)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := ping(conn); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTLSWithinTheDialLimit: a server that does not speak TLS, or nothing at all, does not hold the client up.
func TestTLSWithinTheDialLimit(t *testing.T) {
	greeted := func(answer string) func(string, net.Conn) {
		return func(_ string, c net.Conn) {
			c.Read(make([]byte, 64<<10)) // the client's hello
			c.Write([]byte(answer))
			io.Copy(io.Discard, c)
		}
	}
	cases := map[string]struct {
		serve func(string, net.Conn)
		took  time.Duration
	}{
		"mute":          {mute, T / 6},
		"nothing read":  {func(string, net.Conn) { time.Sleep(T) }, T / 6},
		"half a record": {greeted("\x16\x03\x03\x00\x50\x02"), T / 6},
		"not TLS":       {greeted("HTTP/1.1 400 Bad Request\r\n\r\n"), 0},
		"closed":        {func(string, net.Conn) {}, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := piped(t, Options{TLS: &tls.Config{RootCAs: x509.NewCertPool()}}, c.serve)
				begun := time.Now()
				if _, err := ask(d, "zk1.example:2181", 0); err == nil || time.Since(begun) != c.took {
					t.Errorf("ended after %v, want %v: %v", time.Since(begun), c.took, err)
				}
				if len(d.opts.Hosts.LastErrors()) != 1 {
					t.Error("no error noted")
				}
			})
		})
	}
}

// TestTLSClose does not wait for a server that reads nothing.
func TestTLSClose(t *testing.T) {
	ca := authority.New("ours")
	pair := ca.Issue("server", authority.ForHosts("zk1.example"))
	synctest.Test(t, func(t *testing.T) {
		d := piped(t, Options{TLS: &tls.Config{RootCAs: ca.Pool()}},
			serveTLS(pair, make(chan string, 1), func(_ string, c net.Conn) {
				next(c)
				c.Write(connectResponse(T, 7))
				time.Sleep(T)
			}))
		c := dialed(t, d)
		mustAttach(t, c, 0)
		begun := time.Now()
		c.Close()
		if took := time.Since(begun); took != 0 {
			t.Errorf("Close took %v", took)
		}
	})
}
