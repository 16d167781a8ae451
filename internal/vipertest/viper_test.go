package vipertest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/viper"

	"burrow.example/zookeeper"
)

var _ zookeeper.ConfigSource = (*viper.Viper)(nil)

// read has viper read a configuration, and the library read it from viper.
func read(t *testing.T, toml string) (zookeeper.Config, error) {
	t.Helper()
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(toml)); err != nil {
		t.Fatal(err)
	}
	return zookeeper.BurrowConfig(v)
}

// readFile does so with the global viper, as applications do, and a file.
func readFile(t *testing.T, name string) (zookeeper.Config, error) {
	t.Helper()
	t.Cleanup(viper.Reset)
	viper.SetConfigFile(name)
	if err := viper.ReadInConfig(); err != nil {
		t.Fatal(err)
	}
	return zookeeper.BurrowConfig(viper.GetViper())
}

func TestBurrowToml(t *testing.T) {
	config, err := readFile(t, "testdata/burrow.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"zk1.example.org:2181", "zk2.example.org:2181", "[2001:db8::3]:2181"}
	if !slices.Equal(config.Servers, want) || config.RootPath != "/burrow" || config.SessionTimeout != 6*time.Second || config.TLS != nil {
		t.Errorf("read %+v", config)
	}
	if err := config.Validate(); err != nil {
		t.Error(err)
	}
}

// TestTLSProfile: viper folds the case of keys, and files are relative to where the application runs.
func TestTLSProfile(t *testing.T) {
	name, err := filepath.Abs("testdata/tls.toml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	pair := certificate(t, "ca.pem", "client.pem", "client.key")
	config, err := readFile(t, name)
	if err != nil {
		t.Fatal(err)
	}
	authority := x509.NewCertPool()
	authority.AddCert(pair.Leaf)
	secure := config.TLS
	if secure == nil || !secure.RootCAs.Equal(authority) || secure.InsecureSkipVerify || len(secure.Certificates) != 1 ||
		!slices.Equal(secure.Certificates[0].Certificate[0], pair.Certificate[0]) {
		t.Errorf("TLS is %+v", secure)
	}
	if err := config.Validate(); err != nil || config.SessionTimeout != 6*time.Second {
		t.Errorf("read %+v, %v", config, err)
	}
}

// certificate writes one certificate, which is its own authority, under two names, and its key.
func certificate(t *testing.T, caFile, certFile, keyFile string) tls.Certificate {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]pem.Block{
		caFile:   {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pair
}

func TestTLSProblems(t *testing.T) {
	for name, c := range map[string]struct{ toml, want string }{
		"no such profile":   {"[tls.other]\nnoverify = true", `zookeeper.tls "ensemble": there is no section [tls.ensemble]`},
		"no such file":      {"[tls.ensemble]\ncafile = \"missing.pem\"", `tls.ensemble.cafile "missing.pem"`},
		"half a pair":       {"[tls.ensemble]\ncertfile = \"client.pem\"", `tls.ensemble.certfile "client.pem": there is no keyfile`},
		"the other half":    {"[tls.ensemble]\nkeyfile = \"client.key\"", `tls.ensemble.keyfile "client.key": there is no certfile`},
		"neither is a file": {"[tls.ensemble]\ncertfile = \"a\"\nkeyfile = \"b\"", `tls.ensemble.certfile "a": with keyfile "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, "[zookeeper]\ntls = \"ensemble\"\n"+c.toml)
			if !errors.Is(err, zookeeper.ErrConfig) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
	for _, toml := range []string{"[tls.ensemble]", "[tls.ensemble]\nnoverify = true", "[tls.ensemble]\nnoverify = \"true\""} {
		config, err := read(t, "[zookeeper]\ntls = \"ensemble\"\n"+toml)
		if want := strings.Contains(toml, "true"); err != nil || config.TLS == nil || config.TLS.InsecureSkipVerify != want {
			t.Errorf("%q is read as %+v, %v", toml, config.TLS, err)
		}
	}
}

// TestTimeout: what TOML makes of the ways to write one.
func TestTimeout(t *testing.T) {
	for toml, want := range map[string]time.Duration{
		``:        0, // the default's business
		`6`:       6 * time.Second,
		`6_000`:   6000 * time.Second,
		`0x06`:    6 * time.Second,
		`6.5`:     6500 * time.Millisecond,
		`6e0`:     6 * time.Second,
		`"6"`:     6 * time.Second,
		`"6s"`:    6 * time.Second,
		`'6.5'`:   6500 * time.Millisecond,
		`"1m30s"`: 90 * time.Second,
	} {
		if toml != "" {
			toml = "timeout = " + toml
		}
		config, err := read(t, "[zookeeper]\n"+toml)
		if err != nil || config.SessionTimeout != want {
			t.Errorf("%s is read as %v, %v; want %v", toml, config.SessionTimeout, err, want)
		}
	}
	for toml, want := range map[string]string{
		`0`:                   "zookeeper.timeout 0: is not positive",
		`-6`:                  "zookeeper.timeout -6: is not positive",
		`"-6s"`:               `zookeeper.timeout "-6s": is not positive`,
		`nan`:                 "zookeeper.timeout NaN: is not positive",
		`0.0001`:              "zookeeper.timeout 0.0001: is below 1ms",
		`inf`:                 "zookeeper.timeout +Inf: is above",
		`9223372036854775807`: "zookeeper.timeout 9223372036854775807: is above",
		`"soon"`:              `zookeeper.timeout "soon": is neither`,
		`""`:                  `zookeeper.timeout "": is neither`,
		`true`:                "zookeeper.timeout true: is neither",
		`[6]`:                 "zookeeper.timeout [6]: is neither",
		`{ seconds = 6 }`:     "zookeeper.timeout map[seconds:6]: is neither",
		`00:00:06`:            "zookeeper.timeout 00:00:06: is neither",
		`2026-01-01`:          "zookeeper.timeout 2026-01-01: is neither",
	} {
		config, err := read(t, "[zookeeper]\ntimeout = "+toml)
		if !errors.Is(err, zookeeper.ErrConfig) || !strings.Contains(err.Error(), want) || config.SessionTimeout != 0 {
			t.Errorf("%s is read as %v, %v; want %s", toml, config.SessionTimeout, err, want)
		}
	}
}

func TestServers(t *testing.T) {
	two := []string{"zk1:2181", "zk2:2181"}
	for toml, want := range map[string][]string{
		`["zk1:2181", "zk2:2181"]`:     two,
		`[ "zk1:2181" ]`:               two[:1],
		`"zk1:2181"`:                   two[:1],
		`"zk1:2181,zk2:2181"`:          two,
		`"zk1:2181 zk2:2181"`:          two,
		`[]`:                           {},
		`""`:                           {},
		`["zk1:2181,zk2:2181"]`:        {"zk1:2181,zk2:2181"}, // for Validate to complain about
		`["zk1:2181", "zk2:2181", ""]`: {"zk1:2181", "zk2:2181", ""},
	} {
		config, err := read(t, "[zookeeper]\nservers = "+toml)
		if err != nil || !slices.Equal(config.Servers, want) {
			t.Errorf("%s is read as %q, %v; want %q", toml, config.Servers, err, want)
		}
		if sound := len(want) > 0 && len(want) < 3 && !strings.Contains(want[0], ","); sound != (config.Validate() == nil) {
			t.Errorf("%s is said to be: %v", toml, config.Validate())
		}
	}
}

// TestEnvironment: settings can come from there, as text, in the place of those of the file or without a file.
func TestEnvironment(t *testing.T) {
	for _, toml := range []string{"", "[zookeeper]\nservers = [\"old:2181\"]\ntimeout = 60\nroot-path = \"/old\""} {
		t.Chdir(t.TempDir())
		certificate(t, "ca.pem", "client.pem", "client.key")
		for key, value := range map[string]string{
			"SERVERS": "zk1:2181,zk2:2181", "TIMEOUT": "4", "ROOT_PATH": "/monitoring", "TLS": "ensemble",
		} {
			t.Setenv("BURROW_ZOOKEEPER_"+key, value)
		}
		t.Setenv("BURROW_TLS_ENSEMBLE_CAFILE", "ca.pem")
		v := viper.New()
		v.SetEnvPrefix("burrow")
		v.SetEnvKeyReplacer(strings.NewReplacer(".", "_", "-", "_"))
		v.AutomaticEnv()
		v.SetConfigType("toml")
		if err := v.ReadConfig(strings.NewReader(toml)); err != nil {
			t.Fatal(err)
		}
		config, err := zookeeper.BurrowConfig(v)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(config.Servers, []string{"zk1:2181", "zk2:2181"}) || config.SessionTimeout != 4*time.Second ||
			config.RootPath != "/monitoring" || config.TLS == nil || config.TLS.RootCAs == nil {
			t.Errorf("read %+v", config)
		}
	}
}

// TestEverythingAtOnce: what BurrowConfig and Validate have to say together.
func TestEverythingAtOnce(t *testing.T) {
	config, err := read(t, `
[zookeeper]
servers = ["zk1.example.org"]
timeout = "soon"
root-path = "burrow/"
tls = "ensemble"
`)
	text := fmt.Sprint(errors.Join(err, config.Validate()))
	for _, want := range []string{
		`zookeeper.timeout "soon"`, `zookeeper.tls "ensemble"`, `Servers[0] "zk1.example.org"`, `RootPath "burrow/"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}
