package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"burrow.example/zookeeper/internal/machine"
)

// facts describe the run, one a line.
func (b *bench) facts() []string {
	_, how, _ := strings.Cut(b.server.How(), " ")
	return []string{
		machine.Hardware() + "; " + machine.System(findJava("java")),
		fmt.Sprintf("ZooKeeper %s, one server (%s), %s; sessions of %v", b.server.Version(), how, b.fsyncs(), b.timeout),
		strings.Join(b.programs.versions, "; ") + "; go-zookeeper/zk " + version("github.com/go-zookeeper/zk"),
		fmt.Sprintf("%d rounds after %d that do not count, in %v; load average %s at the end",
			b.plan.rounds, warmUp, time.Since(b.begun).Round(time.Second), machine.Load()),
	}
}

// fsyncs says what the server itself knows of its disk.
func (b *bench) fsyncs() string {
	stats := make(map[string]string)
	conn, err := net.DialTimeout("tcp", b.addr, 5*time.Second)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprint(conn, "mntr")
	for in := bufio.NewScanner(conn); in.Scan(); {
		if key, value, ok := strings.Cut(in.Text(), "\t"); ok {
			stats[key] = value
		}
	}
	n := stats["zk_cnt_fsynctime"]
	if n == "" || n == "0" {
		return "whose log is NOT written through to the disk, as far as it tells"
	}
	return fmt.Sprintf("its log written through to the disk (%s times, on average %s ms, at most %s ms)",
		n, stats["zk_avg_fsynctime"], stats["zk_max_fsynctime"])
}

// toDisk makes sure that what goes into the directory for temporary files goes to a disk.
func toDisk() error {
	var fs unix.Statfs_t
	for _, dir := range []string{os.TempDir(), "/var/tmp"} {
		if err := unix.Statfs(dir, &fs); err != nil {
			return err
		}
		if fs.Type != unix.TMPFS_MAGIC {
			return os.Setenv("TMPDIR", dir)
		}
	}
	return fmt.Errorf("TMPDIR=%s and /var/tmp are in memory: set TMPDIR to a directory on a disk", os.TempDir())
}
