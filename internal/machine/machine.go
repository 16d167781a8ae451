// Package machine describes where figures come from. What cannot be found out is left out.
package machine

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Hardware is the processors and the memory.
func Hardware() string {
	processor := field("/proc/cpuinfo", "model name")
	if processor == "" {
		processor = runtime.GOARCH
	}
	hardware := fmt.Sprintf("%d × %s", runtime.NumCPU(), processor)
	if total := field("/proc/meminfo", "MemTotal"); total != "" {
		hardware += ", " + total + " of memory"
	}
	return hardware
}

// System is the kernel, Go and a Java, which is given as it is called.
func System(java string) string {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	system := strings.TrimSpace(runtime.GOOS+" "+string(kernel)) + ", " + runtime.Version()
	if version, err := exec.Command(java, "-version").CombinedOutput(); err == nil {
		first, _, _ := strings.Cut(string(version), "\n")
		system += ", " + strings.ReplaceAll(strings.TrimSpace(first), `"`, "")
	}
	return system
}

// Load is the load average of the last minute.
func Load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(content), " ")
	return one
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
