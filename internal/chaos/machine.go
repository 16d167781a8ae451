package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine describes where the figures come from. What cannot be found out is left out.
func machine() string {
	parts := []string{fmt.Sprintf("%d × %s", runtime.NumCPU(), or(field("/proc/cpuinfo", "model name"), runtime.GOARCH))}
	if total := field("/proc/meminfo", "MemTotal"); total != "" {
		parts = append(parts, total+" of memory")
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	parts = append(parts, strings.TrimSpace(runtime.GOOS+" "+string(kernel)), runtime.Version())
	if java, err := exec.Command("java", "-version").CombinedOutput(); err == nil {
		line, _, _ := strings.Cut(string(java), "\n")
		parts = append(parts, strings.ReplaceAll(strings.TrimSpace(line), `"`, ""))
	}
	return strings.Join(parts, ", ")
}

// field finds "name : value" in a file.
func field(file, name string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
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

// load is the load average of the last minute.
func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(content), " ")
	return one
}

// scheduling says so if this program and its children come before everything else on the machine, which keeps what
// else runs there out of the figures.
func scheduling() string {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return ""
	}
	const policy = 41 - 3 // of proc(5)'s fields, from the one after the name on
	_, rest, _ := strings.Cut(string(stat), ") ")
	if fields := strings.Fields(rest); len(fields) > policy && fields[policy] != "0" {
		return " (real-time priority)"
	}
	return ""
}
