package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"burrow.example/zookeeper/internal/realzk"
	"burrow.example/zookeeper/zktest"
)

// TestKazoo runs a script of Python's kazoo against both servers and compares what it prints.
func TestKazoo(t *testing.T) {
	python := findTool(t, "kazoo for Python", []string{"-c", "import kazoo.client"}, "/usr/bin/python3", "python3")
	compare(t, 60, func(addr string) *exec.Cmd {
		return exec.Command(python, "testdata/with_kazoo.py", addr)
	})
}

// TestZkCli types commands into ZooKeeper's own command line client, connected to both servers, and compares what it
// prints.
func TestZkCli(t *testing.T) {
	const classpath = "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar"
	java := findTool(t, "zkCli", []string{"-Xmx128m", "-cp", classpath, "org.apache.zookeeper.Version"}, "java")
	script, err := os.ReadFile("testdata/zkcli.txt")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, 150, func(addr string) *exec.Cmd {
		cmd := exec.Command(java, "-Xmx128m", "-XX:+UseSerialGC", "-cp", classpath, "org.apache.zookeeper.ZooKeeperMain", "-server", addr)
		cmd.Stdin = bytes.NewReader(script)
		return cmd
	})
}

// findTool returns the first of the programs with which the arguments work. What the machine does not have is skipped.
func findTool(t *testing.T, what string, args []string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if exec.Command(program, args...).Run() == nil {
			return program
		}
	}
	if os.Getenv("ZOOKEEPER_REQUIRED") == "1" {
		t.Fatalf("%s is not installed", what)
	}
	t.Skipf("%s is not installed", what)
	return ""
}

// compare runs a client against a real server and against zktest, both fresh. It must print at least so many lines.
func compare(t *testing.T, atLeast int, client func(addr string) *exec.Cmd) {
	t.Helper()
	real := realServer(t)
	ours := zktest.RunT(t, zktest.Super("super:test"))
	var lines [2][]string
	for i, addr := range []string{real.Addr(), ours.Addr()} {
		out, err := client(addr).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", addr, err, out)
		}
		lines[i] = normalise(string(out))
	}
	want, got := lines[0], lines[1]
	if len(want) < atLeast {
		t.Fatalf("only %d lines:\n%s", len(want), strings.Join(want, "\n"))
	}
	for i := range max(len(want), len(got)) {
		if w, g := at(want, i), at(got, i); w != g {
			t.Fatalf("line %d of %d\n  real: %s\nzktest: %s\nafter\n%s", i+1, len(want), w, g, strings.Join(got[max(0, i-5):i], "\n"))
		}
	}
	t.Logf("%d lines, no difference", len(want))
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// realFlags start a server that everything can be compared with. It must be on this machine: from a container, clients
// have another address, and access by address is part of the script.
var realFlags = []realzk.Option{
	realzk.Via("installed"),
	realzk.JVMFlags("-Dzookeeper.extendedTypesEnabled=true",
		"-Dzookeeper.DigestAuthenticationProvider.superDigest=super:D/InIHSb7yEEbrWz8b9l71RjZJU="),
}

func realServer(t *testing.T) *realzk.Server {
	t.Helper()
	return realzk.Run(t, realFlags...)
}

var (
	clientsDates = regexp.MustCompile(`(ctime|mtime) = .*20\d\d`)
	clientsAddrs = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	clientsOwner = regexp.MustCompile(`0x[0-9a-f]{9,}`)
)

// normalise takes out of a client's output what differs between two runs. Watch events, which come when they come, go
// to the end, in order.
func normalise(out string) []string {
	out = clientsDates.ReplaceAllString(out, "$1 = now")
	out = clientsAddrs.ReplaceAllString(out, "the server")
	out = clientsOwner.ReplaceAllString(out, "a session")
	var lines, events []string
	for line := range strings.Lines(out) {
		switch line = strings.TrimRight(line, " \n"); {
		case line == "" || line == "WATCHER::" || strings.HasPrefix(line, "SLF4J:"):
		case strings.Contains(line, "WatchedEvent"):
			events = append(events, line)
		default:
			lines = append(lines, line)
		}
	}
	slices.Sort(events)
	return append(lines, events...)
}
