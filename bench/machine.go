package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// facts describe the run, one a line.
func (b *bench) facts() []string {
	hardware := fmt.Sprintf("%d × %s", runtime.NumCPU(), or(field("/proc/cpuinfo", "model name"), runtime.GOARCH))
	if total := field("/proc/meminfo", "MemTotal"); total != "" {
		hardware += ", " + total + " of memory"
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	system := strings.TrimSpace(runtime.GOOS+" "+string(kernel)) + ", " + runtime.Version()
	if java, err := exec.Command(findJava("java"), "-version").CombinedOutput(); err == nil {
		first, _, _ := strings.Cut(string(java), "\n")
		system += ", " + strings.ReplaceAll(strings.TrimSpace(first), `"`, "")
	}
	_, how, _ := strings.Cut(b.server.How(), " ")
	return []string{
		hardware + "; " + system,
		fmt.Sprintf("ZooKeeper %s, one server (%s), %s; sessions of %v", b.server.Version(), how, b.fsyncs(), b.timeout),
		strings.Join(b.programs.versions, "; ") + "; go-zookeeper/zk " + version("github.com/go-zookeeper/zk"),
		fmt.Sprintf("%d rounds after %d that do not count, in %v; load average %s at the end",
			b.plan.rounds, warmUp, time.Since(b.begun).Round(time.Second), load()),
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

// field finds "name : value" in a file.
func field(file, name string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(content)) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(content), " ")
	return one
}
