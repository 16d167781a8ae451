package zookeeper

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// settings is a ConfigSource as simple as can be; internal/vipertest has the real one.
type settings map[string]any

func (s settings) IsSet(key string) bool { _, ok := s[key]; return ok }
func (s settings) Get(key string) any    { return s[key] }
func (s settings) GetBool(key string) bool {
	b, _ := s[key].(bool)
	return b
}

func (s settings) GetString(key string) string {
	if s[key] == nil {
		return ""
	}
	return fmt.Sprint(s[key])
}

func (s settings) GetStringSlice(key string) []string {
	list, _ := s[key].([]string)
	return list
}

func TestBurrowConfig(t *testing.T) {
	config, err := BurrowConfig(settings{
		"zookeeper.servers":   []string{"zk1:2181", "zk2:2181"},
		"zookeeper.timeout":   int64(4),
		"zookeeper.root-path": "/monitoring",
		"general.pidfile":     "burrow.pid",
	})
	want := Config{Servers: []string{"zk1:2181", "zk2:2181"}, RootPath: "/monitoring", SessionTimeout: 4 * time.Second}
	if err != nil || !reflect.DeepEqual(config, want) {
		t.Errorf("read %+v, %v", config, err)
	}

	config, err = BurrowConfig(settings{}) // Validate and the defaults see to the rest
	if err != nil || !reflect.DeepEqual(config, Config{}) {
		t.Errorf("nothing is read as %+v, %v", config, err)
	}
	if err := config.Validate(); err == nil || !strings.Contains(err.Error(), "Servers") {
		t.Errorf("nothing is valid: %v", err)
	}
}

func TestBurrowServers(t *testing.T) {
	for _, c := range []struct {
		value any
		want  []string
	}{
		{nil, nil},
		{[]string{"zk1:2181", "zk2:2181"}, []string{"zk1:2181", "zk2:2181"}},
		{"zk1:2181", []string{"zk1:2181"}},
		{"zk1:2181,zk2:2181", []string{"zk1:2181", "zk2:2181"}},
		{"zk1:2181 zk2:2181", []string{"zk1:2181", "zk2:2181"}},
		{" zk1:2181, zk2:2181 ,", []string{"zk1:2181", "zk2:2181"}},
		{"", nil},
		{" , ", nil},
		{17, nil},
	} {
		config, err := BurrowConfig(settings{"zookeeper.servers": c.value})
		if err != nil || !slices.Equal(config.Servers, c.want) {
			t.Errorf("servers %#v are read as %q, %v; want %q", c.value, config.Servers, err, c.want)
		}
	}
}

func TestBurrowTimeout(t *testing.T) {
	type named string
	for _, c := range []struct {
		value any
		want  time.Duration // 0 if it is refused
		why   string
	}{
		{6, 6 * time.Second, ""},
		{int64(6), 6 * time.Second, ""},
		{uint8(6), 6 * time.Second, ""},
		{6.5, 6500 * time.Millisecond, ""},
		{float32(0.25), 250 * time.Millisecond, ""},
		{"6", 6 * time.Second, ""},
		{" 6 ", 6 * time.Second, ""},
		{"6.5", 6500 * time.Millisecond, ""},
		{"6s", 6 * time.Second, ""},
		{"1m30s", 90 * time.Second, ""},
		{"6500ms", 6500 * time.Millisecond, ""},
		{named("6s"), 6 * time.Second, ""},
		{6 * time.Second, 6 * time.Second, ""},
		{"0.0014", time.Millisecond, ""}, // what the protocol can say
		{24 * 24 * 3600, 24 * 24 * time.Hour, ""},

		{nil, 0, "is empty"},
		{"", 0, "is neither"},
		{"six", 0, "is neither"},
		{"6 s", 0, "is neither"},
		{"6,5", 0, "is neither"},
		{true, 0, "is neither"},
		{[]any{6}, 0, "is neither"},
		{map[string]any{"seconds": 6}, 0, "is neither"},
		{time.Date(2026, 1, 1, 0, 0, 6, 0, time.UTC), 0, "is neither"},
		{0, 0, "is not positive"},
		{-6, 0, "is not positive"},
		{"-6s", 0, "is not positive"},
		{"0s", 0, "is not positive"},
		{"nan", 0, "is not positive"},
		{"-inf", 0, "is not positive"},
		{"100us", 0, "is below 1ms"},
		{0.0004, 0, "is below 1ms"},
		{"inf", 0, "is above"},
		{24*24*3600 + 1, 0, "is above 576h"},
		{int64(1) << 62, 0, "is above"},
		{uint64(1) << 63, 0, "is above"},
		{"600h", 0, "is above"},
		{"1e300", 0, "is above"},
	} {
		config, err := BurrowConfig(settings{"zookeeper.timeout": c.value})
		if config.SessionTimeout != c.want || (err == nil) != (c.why == "") {
			t.Errorf("timeout %#v is read as %v, %v; want %v", c.value, config.SessionTimeout, err, c.want)
			continue
		}
		if err != nil && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "zookeeper.timeout "+quote(c.value)+": "+c.why)) {
			t.Errorf("the error for %#v is %q, want %q", c.value, err, c.why)
		}
		if err == nil {
			config.Servers = sound().Servers
			if err := config.Validate(); err != nil {
				t.Errorf("timeout %#v is read, and then not valid: %v", c.value, err)
			}
		}
	}
}

// certificate writes a certificate, which is its own authority, and its key into files.
func certificate(t *testing.T) (pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	pair = server.TLS.Certificates[0]
	certFile = file(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	return pair, certFile, private(t, pair.PrivateKey)
}

// private writes a private key into a file.
func private(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBurrowTLS(t *testing.T) {
	pair, certFile, keyFile := certificate(t)
	authority := x509.NewCertPool()
	authority.AddCert(pair.Leaf)
	for name, c := range map[string]struct {
		profile       settings
		noverify      bool
		roots         *x509.CertPool
		presentsAPair bool
	}{
		"the system's authorities": {settings{"tls.x": map[string]any{}}, false, nil, false},
		"an authority":             {settings{"tls.x.cafile": certFile}, false, authority, false},
		"a client's certificate":   {settings{"tls.x.certfile": certFile, "tls.x.keyfile": keyFile}, false, nil, true},
		"everything": {settings{
			"tls.x.cafile": certFile, "tls.x.certfile": certFile, "tls.x.keyfile": keyFile, "tls.x.noverify": false,
		}, false, authority, true},
		"no verification": {settings{"tls.x.noverify": true}, true, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.profile["zookeeper.tls"] = "x"
			config, err := BurrowConfig(c.profile)
			if err != nil {
				t.Fatal(err)
			}
			got := config.TLS
			if got.InsecureSkipVerify != c.noverify || !got.RootCAs.Equal(c.roots) || got.MinVersion != tls.VersionTLS12 {
				t.Errorf("TLS is %+v", got)
			}
			if presents := len(got.Certificates) == 1; presents != c.presentsAPair ||
				presents && !slices.Equal(got.Certificates[0].Certificate[0], pair.Certificate[0]) {
				t.Errorf("certificates are %v", got.Certificates)
			}
		})
	}
	if config, err := BurrowConfig(settings{"tls.x.cafile": "/none"}); err != nil || config.TLS != nil {
		t.Errorf("a profile that nobody names is read as %v, %v", config.TLS, err)
	}
}

func TestBurrowTLSProblems(t *testing.T) {
	_, certFile, keyFile := certificate(t)
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherKey := private(t, other)
	missing, garbage := filepath.Join(t.TempDir(), "missing.pem"), file(t, "garbage.pem", "not a certificate")
	for name, c := range map[string]struct {
		profile settings
		want    []string
		is      error
	}{
		"no section":            {settings{}, []string{`zookeeper.tls "x": there is no section [tls.x]`}, ErrConfig},
		"missing authority":     {settings{"tls.x.cafile": missing}, []string{`tls.x.cafile "` + missing + `"`}, fs.ErrNotExist},
		"garbage for authority": {settings{"tls.x.cafile": garbage}, []string{`tls.x.cafile "` + garbage + `": no PEM certificate`}, ErrConfig},
		"key for authority":     {settings{"tls.x.cafile": keyFile}, []string{`no PEM certificate`}, ErrConfig},
		"certificate alone":     {settings{"tls.x.certfile": certFile}, []string{`tls.x.certfile "` + certFile + `": there is no keyfile`}, ErrConfig},
		"key alone":             {settings{"tls.x.keyfile": keyFile}, []string{`tls.x.keyfile "` + keyFile + `": there is no certfile`}, ErrConfig},
		"missing key":           {settings{"tls.x.certfile": certFile, "tls.x.keyfile": missing}, []string{`tls.x.certfile`, certFile, missing}, fs.ErrNotExist},
		"garbage for key":       {settings{"tls.x.certfile": certFile, "tls.x.keyfile": garbage}, []string{`tls.x.certfile`, certFile, garbage}, ErrConfig},
		"another's key":         {settings{"tls.x.certfile": certFile, "tls.x.keyfile": otherKey}, []string{`tls.x.certfile`, certFile, otherKey}, ErrConfig},
		"everything at once": {settings{"tls.x.cafile": missing, "tls.x.keyfile": keyFile, "zookeeper.timeout": "soon"},
			[]string{"zookeeper.timeout", "tls.x.cafile", "tls.x.keyfile"}, ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			c.profile["zookeeper.tls"] = "x"
			_, err := BurrowConfig(c.profile)
			if !errors.Is(err, ErrConfig) || !errors.Is(err, c.is) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
			if key, _ := os.ReadFile(keyFile); strings.Contains(err.Error(), strings.Split(string(key), "\n")[1]) {
				t.Error("the key is spelt out")
			}
		})
	}
}
