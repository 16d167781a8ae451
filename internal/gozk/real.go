//go:build unix

package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// installReal puts a zkServer.sh into dir that starts the ZooKeeper in jar, with one thing changed: the way it prints
// its version. The suite looks at it before it begins, and of the form that releases have had since 3.7, the date as
// year-month-day, it can make nothing; nor of the revision that Debian's build leaves unfilled. With the class as it
// is, not one test of the suite gets beyond its first step.
func installReal(dir, jar, conf string) error {
	const class = "org/apache/zookeeper/Version.class"
	code, err := readZip(jar, class)
	if err != nil {
		return err
	}
	// Each replacement is as long as what it replaces, so the class file stays valid.
	code = regexp.MustCompile(`(\d{4})-(\d\d)-(\d\d)( \d\d:\d\d [A-Z]{3})`).ReplaceAll(code, []byte("$2/$3/$1$4"))
	code = regexp.MustCompile(`\$\{([a-z.]+)\}`).ReplaceAll(code, []byte("--$1-"))
	file := filepath.Join(dir, "classes", filepath.FromSlash(class))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, code, 0o644); err != nil {
		return err
	}
	script := fmt.Sprintf(`#!/bin/sh
exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $SERVER_JVMFLAGS -cp '%s:%s:%s' org.apache.zookeeper.server.quorum.QuorumPeerMain "$2"
`, filepath.Join(dir, "classes"), conf, jar)
	return os.WriteFile(filepath.Join(dir, standInName), []byte(script), 0o755)
}

func readZip(name, entry string) ([]byte, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	f, err := z.Open(entry)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	return io.ReadAll(f)
}
