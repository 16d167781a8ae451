package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExampleConfiguration(t *testing.T) {
	s, err := load("notifier.toml", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.zookeeper.Servers) == 0 || s.zookeeper.RootPath != "/uptime" || s.zookeeper.SessionTimeout != 6*time.Second {
		t.Errorf("zookeeper is %+v", s.zookeeper)
	}
	if s.webhook == "" || len(s.targets) == 0 {
		t.Errorf("webhook %q, targets %v", s.webhook, s.targets)
	}
}

func TestLoad(t *testing.T) {
	const text = `
[general]
pidfile = "burrow.pid" # Burrow's other sections are none of our business

[zookeeper]
servers = ["zk1.example:2181", "[::1]:2182"]
timeout = 4
root-path = "/monitoring/uptime"

[webhook]
url = "https://hooks.example/T1"

[http]
listen = ":8086"

[[targets]]
name = "Shop.eu-1"
url = "https://shop.example/health?deep=1"
interval = "1m30s"

[[targets]]
name = "bank"
url = "http://[::1]:8080"
interval = 5
`
	want := []uptime.Target{
		{Name: "Shop.eu-1", URL: "https://shop.example/health?deep=1", Interval: 90 * time.Second},
		{Name: "bank", URL: "http://[::1]:8080", Interval: 5 * time.Second},
	}
	for _, name := range []string{"burrow.toml", "conf"} {
		s, err := load(write(t, name, text), "one")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.targets) != 2 || s.targets[0] != want[0] || s.targets[1] != want[1] {
			t.Errorf("targets are %+v", s.targets)
		}
		if s.listen != ":8086" {
			t.Errorf("it listens at %q", s.listen)
		}
		if s.zookeeper.ID != "one" {
			t.Errorf("id is %q", s.zookeeper.ID)
		}
		if s.webhook != "https://hooks.example/T1" || s.zookeeper.SessionTimeout != 4*time.Second ||
			s.zookeeper.RootPath != "/monitoring/uptime" || len(s.zookeeper.Servers) != 2 {
			t.Errorf("settings are %+v", s)
		}
	}
}

// TestAllProblemsAtOnce: whoever repairs a file wants to do it once.
func TestAllProblemsAtOnce(t *testing.T) {
	file := write(t, "notifier.toml", `
[zookeeper]
servers = ["zk1.example"]
timeout = "soon"
root-path = "uptime/"
[webhook]
url = "hooks.example/T1"
[http]
listen = "8086"
[[targets]]
name = "a/b"
url = "ftp://shop.example"
interval = "often"
[[targets]]
name = "bank"
url = "https://user:s3cret@"
interval = -3
[[targets]]
name = "bank"
url = "https://bank.example"
interval = "5ms"
intervall = "5s"
[[targets]]
`)
	_, err := load(file, "a b")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		file,
		`-id "a b": is not a name`,
		`"zk1.example"`,
		`zookeeper.timeout "soon"`,
		`"uptime/"`,
		`webhook.url "hooks.example/T1": does not start with http`,
		`http.listen "8086": is not a host:port`,
		`targets[0].name "a/b": is not a name`,
		`targets[0].url "ftp://shop.example": does not start with http`,
		`targets[0].interval "often": is neither`,
		`targets[1].url "https://user:xxxxx@": has no host`,
		`targets[1].interval -3: is not a number of seconds`,
		`targets[2].name "bank": is the name of targets[1] already`,
		`targets[2].interval "5ms": is below 100ms`,
		`targets[2].intervall "5s": is not a key of a target`,
		`targets[3].name (not set)`,
		`targets[3].url (not set)`,
		`targets[3].interval (not set)`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Error("the error spells out a password")
	}
	if t.Failed() {
		t.Logf("the error is\n%v", err)
	}
}

func TestWhatIsNoConfiguration(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"empty":            {"", "targets (not set)"},
		"no array":         {"targets = 3", "targets 3: at least one"},
		"no tables":        {`targets = ["shop"]`, `targets[0] "shop": is not a table`},
		"not TOML":         {"targets =", "read configuration"},
		"broken URL":       {"[webhook]\nurl = \"http://a b\"", `webhook.url "http://a b": invalid character`},
		"century of waits": {"[[targets]]\ninterval = 9223372036854775807", "targets[0].interval 9223372036854775807: is not"},
		"true for a name":  {"[[targets]]\nname = true", "targets[0].name true: is not a name"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := load(write(t, "notifier.toml", c.text), ""); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("load says %v, want %q", err, c.want)
			}
		})
	}
	if _, err := load(filepath.Join(t.TempDir(), "missing.toml"), ""); err == nil || !strings.Contains(err.Error(), "missing.toml") {
		t.Errorf("a missing file: %v", err)
	}
}
