package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"burrow.example/zookeeper/internal/realzk"
)

func TestHowItIsCalled(t *testing.T) {
	good := write(t, "notifier.toml", minimal("127.0.0.1:1"))
	cases := map[string]struct {
		args   []string
		status int
		says   string
	}{
		"help":         {[]string{"-h"}, 0, "usage: notifier"},
		"unknown flag": {[]string{"-colour"}, 2, "-colour"},
		"argument":     {[]string{"-config", good, "now"}, 2, "usage: notifier"},
		"no file":      {[]string{"-json"}, 2, "usage: notifier"},
		"bad id":       {[]string{"-config", good, "-id", "a b"}, 2, `-id "a b"`},
		"bad address":  {[]string{"-config", good, "-listen", "8086"}, 2, `-listen "8086": is not a host:port`},
		"missing file": {[]string{"-config", "nowhere.toml"}, 2, "nowhere.toml"},
		"all is told once": {[]string{"-config", write(t, "bad.toml", "[webhook]\nurl = 3")}, 2,
			"webhook.url 3: is not a URL"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if status := run(t.Context(), c.args, &out, &out); status != c.status || !strings.Contains(out.String(), c.says) {
				t.Errorf("status %d, want %d; it says\n%s", status, c.status, out.String())
			}
		})
	}
}

func minimal(server string) string {
	return fmt.Sprintf(`
zookeeper.servers = [%q]
zookeeper.root-path = "/main-test"
webhook.url = "http://127.0.0.1:1/"
[[targets]]
name = "shop"
url = "http://127.0.0.1:1/"
interval = 60
`, server)
}

// TestLogs runs the command until it stands by, in both forms of its log, and then asks it to end.
func TestLogs(t *testing.T) {
	config := write(t, "notifier.toml", minimal(realzk.Shared(t).Addr()))
	for name, args := range map[string][]string{
		"for people":   {"-config", config, "-id", "one", "-debug"},
		"for machines": {"-config", config, "-id", "one", "-json"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var log bytes.Buffer // zap locks it, and run has ended before it is read
			out := writerFunc(func(p []byte) (int, error) {
				if bytes.Contains(p, []byte("stands by")) {
					cancel()
				}
				return log.Write(p)
			})
			if status := run(ctx, args, io.Discard, out); status != 0 {
				t.Errorf("status %d", status)
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			for _, line := range lines {
				if json.Valid([]byte(line)) != (name == "for machines") {
					t.Errorf("line %s", line)
				}
			}
			if !strings.Contains(lines[len(lines)-1], "ends") {
				t.Errorf("the log is\n%s", log.String())
			}
		})
	}
}

func TestFailureIsAStatus(t *testing.T) {
	t.Parallel()                                      // it waits for the connect timeout
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	config := write(t, "notifier.toml", minimal(listener.Addr().String()))
	var out bytes.Buffer
	if status := run(t.Context(), []string{"-config", config}, io.Discard, &out); status != 1 {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(out.String(), listener.Addr().String()) || !strings.Contains(out.String(), "ERROR") {
		t.Errorf("it says\n%s", out.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
