package zookeeper

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// sound is a configuration without a problem.
func sound() Config { return Config{Servers: []string{"zk1.example:2181"}} }

func TestValidateAcceptsServers(t *testing.T) {
	for _, server := range []string{
		"localhost:2181", "zk1:1", "zk1:65535", "zk1.example.org:2181", "ZK1.Example.ORG:2181",
		"zk1.example.org.:2181",           // fully qualified
		"zk_1.my_net:2181", "_zk._tcp:21", // not a host name by the book, but names that are resolved
		"10.0.0.1:2181", "0:2181", "3com.example:2181", "a-b.c--d:2181",
		"[::1]:2181", "[2001:db8::17]:2181", "[fe80::1%eth0]:2181", "[::ffff:10.0.0.1]:2181",
		strings.Repeat("a", 63) + ".example:2181",
		strings.Repeat("abc.", 63) + "a:2181", strings.Repeat("abc.", 63) + "a.:2181", // 253 bytes without the last dot
	} {
		c := sound()
		c.Servers = append(c.Servers, server)
		if err := c.Validate(); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestValidateRefusesServers(t *testing.T) {
	for server, why := range map[string]string{
		"":                                      "is empty",
		"zk1":                                   "missing port",
		"10.0.0.1":                              "missing port",
		"[::1]":                                 "missing port",
		"zk1:":                                  `port ""`,
		"zk1:zookeeper":                         `port "zookeeper"`,
		"zk1:0":                                 `port "0"`,
		"zk1:-1":                                `port "-1"`,
		"zk1:+1":                                `port "+1"`,
		"zk1:65536":                             `port "65536"`,
		"zk1:2181 ":                             `port "2181 "`,
		"zk1:0x10":                              `port "0x10"`,
		"zk1:99999999999999999":                 `port "99999999999999999"`,
		":2181":                                 "the host is missing",
		".:2181":                                "is not a host name",
		"zk1..example:2181":                     "is not a host name",
		".zk1:2181":                             "is not a host name",
		"zk1.example..:2181":                    "is not a host name",
		"-zk1:2181":                             "is not a host name",
		"zk1-.example:2181":                     "is not a host name",
		" zk1:2181":                             "has no ' '",
		"zk1\n:2181":                            `has no '\n'`,
		"zk\x00:2181":                           `has no '\x00'`,
		"zk1@example:2181":                      "has no '@'",
		"zk-münchen:2181":                       "has no 'ü'",
		"[zk1]:2181":                            "no IPv6 address",
		"[]:2181":                               "no IPv6 address",
		"[::1]2181":                             "missing port",
		"[::1:2181":                             "missing ']'",
		"::1":                                   "needs brackets",
		"::1:2181":                              "needs brackets",
		"2001:db8::17:2181":                     "needs brackets",
		"zk1:2181:2181":                         "needs brackets",
		"zk1:2181,zk2:2181":                     "has a comma",
		"zk1,zk2:2181":                          "has a comma",
		"zk1:2181/burrow":                       "belongs into RootPath",
		"[::1]:2181/":                           "belongs into RootPath",
		"zookeeper://zk1:2181":                  "has a path",
		strings.Repeat("a", 64):                 "missing port",
		strings.Repeat("a", 64) + ":2181":       "is not a host name",
		strings.Repeat("abc.", 63) + "ab:2181":  "longer than 253 bytes",
		strings.Repeat("abc.", 63) + "ab.:2181": "longer than 253 bytes",
		strings.Repeat("abc.", 1000) + "com.:2181": "longer than 253 bytes",
	} {
		c := sound()
		c.Servers = append(c.Servers, server)
		expectProblem(t, c, fmt.Sprintf("Servers[1] %q: ", server), why)
	}
}

func TestValidateAcceptsRootPaths(t *testing.T) {
	for _, path := range []string{
		"", "/", "/burrow", "/a/b/c", "/...", "/.a", "/a..", "/with space", "/a:b@c", "/zoo-keeper_1.2",
		"/überwachung", "/監視", "/\u00a0", "/\uf900", "/\uffef", "/" + strings.Repeat("x", 10000),
	} {
		c := sound()
		c.RootPath = path
		if err := c.Validate(); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestValidateRefusesRootPaths(t *testing.T) {
	for path, why := range map[string]string{
		"burrow":         "does not start with /",
		"./burrow":       "does not start with /",
		" /burrow":       "does not start with /",
		"/burrow/":       "ends with /",
		"//":             "ends with /",
		"//burrow":       "has an empty name",
		"/a//b":          "has an empty name",
		"/.":             `has a "."`,
		"/a/./b":         `has a "."`,
		"/..":            `has a ".."`,
		"/a/../b":        `has a ".."`,
		"/a\x00b":        "has a NUL",
		"/a\nb":          "has the character U+000A",
		"/a\x1fb":        "has the character U+001F",
		"/a\x7fb":        "has the character U+007F",
		"/a\u0085b":      "has the character U+0085",
		"/a\u009fb":      "has the character U+009F",
		"/a\ue000b":      "has the character U+E000",
		"/a\uf8ffb":      "has the character U+F8FF",
		"/a\ufff0b":      "has the character U+FFF0",
		"/a\uffffb":      "has the character U+FFFF",
		"/a\U00010000b":  "has the character U+10000", // two surrogates to ZooKeeper, which refuses them
		"/a\U0001f600b":  "has the character U+1F600",
		"/a\xffb":        "is not UTF-8",
		"/a\xed\xa0\x80": "is not UTF-8", // a lone surrogate
	} {
		c := sound()
		c.RootPath = path
		expectProblem(t, c, fmt.Sprintf("RootPath %q: ", path), why)
	}
}

// expectProblem validates a configuration with a single problem.
func expectProblem(t *testing.T, c Config, keyAndValue, why string) {
	t.Helper()
	err := c.Validate()
	if err == nil {
		t.Errorf("%s accepted", keyAndValue)
		return
	}
	text := err.Error()
	if !errors.Is(err, ErrConfig) || !strings.Contains(text, keyAndValue) || !strings.Contains(text, why) {
		t.Errorf("the error is %q, want %q, %q", text, keyAndValue, why)
	}
	if strings.Count(text, "\n") > 0 {
		t.Errorf("more than one problem:\n%s", text)
	}
}

func TestValidateTheRest(t *testing.T) {
	for name, c := range map[string]struct {
		change           func(*Config)
		keyAndValue, why string // "" if it is accepted
	}{
		"nothing but servers":     {func(*Config) {}, "", ""},
		"no servers":              {func(c *Config) { c.Servers = nil }, `Servers ""`, "at least one"},
		"empty list":              {func(c *Config) { c.Servers = []string{} }, `Servers ""`, "at least one"},
		"same server twice":       {func(c *Config) { c.Servers = append(c.Servers, c.Servers...) }, "", ""},
		"shortest timeout":        {func(c *Config) { c.SessionTimeout = time.Millisecond }, "", ""},
		"longest timeout":         {func(c *Config) { c.SessionTimeout = 24 * 24 * time.Hour }, "", ""},
		"negative timeout":        {func(c *Config) { c.SessionTimeout = -time.Second }, "SessionTimeout -1s", "is negative"},
		"timeout too short":       {func(c *Config) { c.SessionTimeout = 6 }, "SessionTimeout 6ns", "is below 1ms"},
		"timeout too long":        {func(c *Config) { c.SessionTimeout = 24*24*time.Hour + 1 }, "SessionTimeout 576h0m0.000000001s", "is above 576h"},
		"connect for ever":        {func(c *Config) { c.ConnectTimeout = -1 }, "", ""},
		"negative drain timeout":  {func(c *Config) { c.DrainTimeout = -time.Minute }, "DrainTimeout -1m0s", "is negative"},
		"long drain timeout":      {func(c *Config) { c.DrainTimeout = time.Hour }, "", ""},
		"any name":                {func(c *Config) { c.ID = "Zoë's laptop / \x00 1" }, "", ""},
		"longest name":            {func(c *Config) { c.ID = strings.Repeat("x", 1024) }, "", ""},
		"name too long":           {func(c *Config) { c.ID = strings.Repeat("x", 1025) }, `ID "xxx`, "at most 1024 bytes"},
		"name of bytes":           {func(c *Config) { c.ID = "\xff" }, `ID "\xff"`, "is not UTF-8"},
		"credential":              {func(c *Config) { c.Auth = []Auth{{"digest", "user:secret"}} }, "", ""},
		"empty password":          {func(c *Config) { c.Auth = []Auth{{"digest", "user:"}} }, "", ""},
		"colons in the password":  {func(c *Config) { c.Auth = []Auth{{"digest", "user:a:b"}} }, "", ""},
		"credential of our own":   {func(c *Config) { c.Auth = []Auth{{"kerberos", "secret"}} }, "", ""},
		"credential w/o a scheme": {func(c *Config) { c.Auth = []Auth{{"digest", "a:b"}, {"", "secret"}} }, "Auth[1] :(hidden)", "scheme is missing"},
		"scheme w/o a credential": {func(c *Config) { c.Auth = []Auth{{"digest", ""}} }, "Auth[0] digest:(hidden)", "credential is missing"},
		"digest w/o a user":       {func(c *Config) { c.Auth = []Auth{{"digest", "secret"}} }, "Auth[0] digest:(hidden)", "user:password"},
		"SASL":                    {func(c *Config) { c.Auth = []Auth{{"sasl", "secret"}} }, "Auth[0] sasl:(hidden)", "SASL is not supported"},
		"own ACL w/o an identity": {func(c *Config) { c.ACL = zk.AuthACL(1) }, `ACL[0].Scheme "auth"`, "it has none"},
		"own ACL by digest":       {func(c *Config) { c.ACL, c.Auth = zk.AuthACL(1), []Auth{{"digest", "a:b"}} }, "", ""},
		"own ACL by certificate":  {func(c *Config) { c.ACL, c.TLS = zk.AuthACL(1), new(tls.Config) }, "", ""},
		"ACL":                     {func(c *Config) { c.ACL = zk.DigestACL(zk.PermAll, "user", "secret") }, "", ""},
		"ACL w/o a scheme":        {func(c *Config) { c.ACL = []zk.ACL{{Perms: 1, ID: "secret"}} }, `ACL[0].Scheme ""`, "is missing"},
		"ACL w/o permissions":     {func(c *Config) { c.ACL = zk.DigestACL(0, "user", "secret") }, "ACL[0].Perms 0", "from 1 to 31"},
		"ACL with too many":       {func(c *Config) { c.ACL = append(zk.WorldACL(1), zk.WorldACL(32)...) }, "ACL[1].Perms 32", "from 1 to 31"},
		"ACL below zero":          {func(c *Config) { c.ACL = zk.WorldACL(-1) }, "ACL[0].Perms -1", "from 1 to 31"},
	} {
		t.Run(name, func(t *testing.T) {
			config := sound()
			c.change(&config)
			if c.why != "" {
				expectProblem(t, config, c.keyAndValue, c.why)
				if text := config.Validate().Error(); strings.Contains(text, "secret") || strings.Contains(text, "user:") && c.why != "user:password" {
					t.Errorf("a credential is spelt out: %s", text)
				}
			} else if err := config.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestValidateReportsEverythingAtOnce: whoever mends a configuration wants to do it once.
func TestValidateReportsEverythingAtOnce(t *testing.T) {
	err := Config{
		Servers:        []string{"zk1", "zk2:2181", "zk3:0", "::1"},
		RootPath:       "burrow/",
		SessionTimeout: -6 * time.Second,
		DrainTimeout:   -1,
		ID:             "\xff",
		Auth:           []Auth{{"digest", "secret"}, {}},
		ACL:            []zk.ACL{{}},
	}.Validate()
	problems := strings.Split(fmt.Sprint(err), "\n")
	want := []string{
		"Servers[0]", "Servers[2]", "Servers[3]", "RootPath", "SessionTimeout", "DrainTimeout", "ID", "Auth[0]", "Auth[1]",
		"ACL[0].Scheme", "ACL[0].Perms",
	}
	if len(problems) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(problems), len(want), err)
	}
	for i, key := range want {
		if !strings.HasPrefix(problems[i], ErrConfig.Error()+": "+key+" ") {
			t.Errorf("problem %d is %q, want one of %s", i, problems[i], key)
		}
	}
	if !errors.Is(err, ErrConfig) {
		t.Error("it is not ErrConfig")
	}
}

func TestDefaults(t *testing.T) {
	c := sound().withDefaults()
	host, _ := os.Hostname()
	if c.RootPath != "/burrow" || c.SessionTimeout != 6*time.Second || c.ConnectTimeout != 10*time.Second ||
		c.DrainTimeout != 6*time.Second || c.ID != fmt.Sprintf("%s:%d", host, os.Getpid()) || len(c.ACL) != 1 || c.ACL[0] != zk.WorldACL(zk.PermAll)[0] {
		t.Errorf("defaults are %+v", c)
	}
	given := Config{
		Servers: []string{"zk1:2181"}, RootPath: "/", SessionTimeout: time.Second, ConnectTimeout: -1, ID: "me",
		ACL: zk.WorldACL(zk.PermRead),
	}
	c = given.withDefaults()
	if c.RootPath != "/" || c.SessionTimeout != time.Second || c.ConnectTimeout != -1 || c.DrainTimeout != time.Second ||
		c.ID != "me" || c.ACL[0].Perms != zk.PermRead {
		t.Errorf("%+v became %+v", given, c)
	}
	if given.DrainTimeout = time.Minute; given.withDefaults().DrainTimeout != time.Minute {
		t.Error("the drain timeout is not the one that was set")
	}
}

// TestCredentialsAreNeverPrinted, whatever prints them.
func TestCredentialsAreNeverPrinted(t *testing.T) {
	auth := Auth{"digest", "user:secret"}
	config := sound()
	config.Auth = []Auth{auth}
	values := map[string]any{
		"credential": auth, "pointer": &auth, "list": config.Auth, "configuration": config, "its pointer": &config,
		"in a struct": struct{ Config Config }{config}, "in a map": map[string]Auth{"zk": auth},
	}
	for name, value := range values {
		for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %c %U %e %T %10.3s %!") {
			clean(t, name+" by "+verb, fmt.Sprintf(verb, value))
		}
		var out bytes.Buffer
		text, err := json.Marshal(value) // where it can be at all
		clean(t, name+" by json", fmt.Sprint(string(text), err))
		for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
			logger.Info("config", "value", value)
		}
		sink := zapcore.AddSync(&out)
		encoder := zap.NewProductionEncoderConfig()
		for _, core := range []zapcore.Core{
			zapcore.NewCore(zapcore.NewJSONEncoder(encoder), sink, zap.DebugLevel),
			zapcore.NewCore(zapcore.NewConsoleEncoder(encoder), sink, zap.DebugLevel),
		} {
			log := zap.New(core)
			log.Info("config", zap.Any("any", value), zap.Reflect("reflect", value))
			log.Sugar().Infow("config", "value", value)
			log.Sugar().Infof("config %+v", value)
		}
		clean(t, name+" by log", out.String())
	}
	if text := fmt.Sprint(auth); !strings.Contains(text, "digest") {
		t.Errorf("the scheme is not printed either: %s", text)
	}
	if text, err := json.Marshal(auth); err != nil || !strings.Contains(string(text), "digest") {
		t.Errorf("json of a credential: %s, %v", text, err)
	}
}

// clean looks for the credential in plain text, in hexadecimal, and as a list of its bytes.
func clean(t *testing.T, how, text string) {
	t.Helper()
	for _, secret := range []string{"secret", "736563726574", "115 101 99 114 101 116"} {
		if strings.Contains(strings.ToLower(text), secret) {
			t.Errorf("%s: %s", how, text)
		}
	}
}

// TestCoordinatorPrintsNoCredential, nor the digest of one, by whatever verb.
func TestCoordinatorPrintsNoCredential(t *testing.T) {
	config := sound()
	config.Auth = []Auth{{"digest", "user:secret"}}
	config.ACL = zk.DigestACL(zk.PermAll, "user", "secret")
	_, digest, _ := strings.Cut(config.ACL[0].ID, ":")
	zc := &Coordinator{Config: config}
	zc.Configure()
	defer zc.Stop()
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %c %U %e %T %10.3s %!") {
		text := fmt.Sprintf(verb, zc)
		clean(t, "a Coordinator by "+verb, text)
		if text += fmt.Sprintf(verb, config); strings.Contains(text, digest) {
			t.Errorf("%s spells the digest out: %s", verb, text)
		}
	}
	if text := fmt.Sprintf("%+v", zc); !strings.Contains(text, "zk1.example:2181") || !strings.Contains(text, "user:(hidden)") {
		t.Errorf("nothing else is printed either: %s", text)
	}
}
