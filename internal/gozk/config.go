//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// config is what the stand-in needs of a zoo.cfg.
type config struct {
	DataDir   string
	Addr      string // where clients connect
	Number    int    // which member this is; the first is 1
	Members   int
	Tick      time.Duration
	SyncLimit int
	Super     string // the digest of the super user, from the JVM's flags
}

// readConfig reads a zoo.cfg, the myid beside its data, and the flags that would go to the JVM.
func readConfig(path, jvmFlags string) (config, error) {
	c := config{Number: 1, Members: 1, Tick: 2 * time.Second, SyncLimit: 5, Super: superDigest(jvmFlags)}
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	servers := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, ok := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		number, _ := strconv.Atoi(value)
		switch {
		case key == "dataDir":
			c.DataDir = value
		case key == "clientPort":
			c.Addr = "127.0.0.1:" + value
		case key == "tickTime":
			c.Tick = time.Duration(number) * time.Millisecond
		case key == "syncLimit":
			c.SyncLimit = number
		case strings.HasPrefix(key, "server."):
			servers++
		}
	}
	if c.DataDir == "" || c.Addr == "" {
		return c, fmt.Errorf("%s: dataDir and clientPort are required", path)
	}
	if servers < 2 {
		return c, nil
	}
	c.Members = servers
	id, err := os.ReadFile(filepath.Join(c.DataDir, "myid"))
	if err != nil {
		return c, err
	}
	c.Number, err = strconv.Atoi(strings.TrimSpace(string(id)))
	if err != nil || c.Number < 1 || c.Number > servers {
		return c, fmt.Errorf("%s: myid %q is not one of %d servers", c.DataDir, id, servers)
	}
	return c, nil
}

func superDigest(jvmFlags string) string {
	for flag := range strings.FieldsSeq(jvmFlags) {
		if digest, ok := strings.CutPrefix(flag, "-Dzookeeper.DigestAuthenticationProvider.superDigest="); ok {
			return digest
		}
	}
	return ""
}
