package vipertest

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/authority"
	"burrow.example/zookeeper/internal/realzk"
)

// TestTLSOnARealServer: what stands under [tls.<profile>] reaches a server that asks for a client certificate.
func TestTLSOnARealServer(t *testing.T) {
	ours, strangers := authority.New("Ensemble CA"), authority.New("Other CA")
	server := ours.Issue("zookeeper", authority.ForHosts("localhost", "127.0.0.1"))
	srv := realzk.Run(t, realzk.Via("installed"), realzk.TLS(authority.KeyStore(server), ours.PEM()))
	t.Chdir(t.TempDir())
	client := ours.Issue("burrow")
	for name, text := range map[string][]byte{
		"ca.pem": ours.PEM(), "other.pem": strangers.PEM(),
		"client.pem": authority.CertificatePEM(client), "client.key": authority.KeyPEM(client),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const pair = "\ncertfile = \"client.pem\"\nkeyfile = \"client.key\""
	for name, c := range map[string]struct {
		profile string
		says    string // "" if it starts
		is      error
	}{
		"all of it":            {"cafile = \"ca.pem\"" + pair, "", nil},
		"another authority":    {"cafile = \"other.pem\"" + pair, "certificate signed by unknown authority", zookeeper.ErrConnectTimeout},
		"none":                 {pair, "certificate signed by unknown authority", zookeeper.ErrConnectTimeout},
		"another, not to mind": {"cafile = \"other.pem\"\nnoverify = true" + pair, "", nil},
		"no certificate":       {"cafile = \"ca.pem\"", "client certificate required by the server, and Config.TLS has none", zookeeper.ErrClientCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := read(t, "[zookeeper]\nservers = [\""+srv.SecureAddr()+"\"]\ntimeout = 6\ntls = \"ensemble\"\n[tls.ensemble]\n"+c.profile)
			if err != nil {
				t.Fatal(err)
			}
			if config.ConnectTimeout = 30 * time.Second; c.is != nil {
				config.ConnectTimeout = 2 * time.Second
			}
			zc := &zookeeper.Coordinator{Config: config}
			zc.Configure()
			defer zc.Stop()
			switch err := zc.Start(); {
			case c.is == nil && err != nil:
				t.Error(err)
			case c.is != nil && (!errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says)):
				t.Errorf("the error is %v, want %v: %s", err, c.is, c.says)
			}
		})
	}
}
