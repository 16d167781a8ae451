//go:build unix

// Command gozk runs go-zookeeper's own test suite, as it comes with the dependency, against zktest, and with -real
// against an installed ZooKeeper as well.
//
// The suite starts its servers by itself: it calls zkServer.sh in the directory that ZOOKEEPER_BIN_PATH names, one
// process per server, and kills them. This program is that zkServer.sh when it is called by that name. The processes
// of one ensemble share one zktest.Server, which lives in a process of its own in the background: each listens on its
// client port and relays to its member there, so that the clients' connections end with it, and the member runs for as
// long as it does. The reconfiguration tests skip themselves, as they do for everybody who does not set ZK_VERSION.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// standInName is what the suite calls a server's start script.
const standInName = "zkServer.sh"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if filepath.Base(os.Args[0]) == standInName {
		return standIn(os.Args[1:])
	}
	real := flag.Bool("real", false, "run the suite against an installed ZooKeeper too, and show both results")
	jar := flag.String("jar", "/usr/share/java/zookeeper.jar", "the installed ZooKeeper")
	conf := flag.String("conf", "/etc/zookeeper/conf", "the directory with its logging configuration")
	tests := flag.String("run", "", "only the tests that match, as go test understands it")
	flag.Parse()

	dir, err := os.MkdirTemp("", "gozk")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	suites := []*suite{{name: "zktest", bin: filepath.Join(dir, "zktest")}}
	if err := install(suites[0].bin); err != nil {
		return err
	}
	if *real {
		suites = append(suites, &suite{name: "real", bin: filepath.Join(dir, "real")})
		if err := installReal(suites[1].bin, *jar, *conf); err != nil {
			return err
		}
	}
	for _, s := range suites {
		if err := s.run(*tests); err != nil {
			return err
		}
	}
	return report(os.Stdout, suites)
}

// install puts a copy of this program into dir, under the name by which the suite calls it.
func install(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, standInName), program, 0o755)
}
