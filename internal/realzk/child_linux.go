package realzk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// childAttr puts a server into a process group of its own, so that a Ctrl-C meant for the tests does not reach
// it first, and has the kernel kill it when we die, however we die. (The kernel goes by the thread that
// started it; Go's threads live as long as the process unless a goroutine ends while locked to one.)
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// stopped says whether all threads of a process have come to a stop. One of them has to be scheduled to see the
// signal and stop the others, which go on until then: on a busy machine for a good part of a second.
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			return false
		}
		// "pid (name) state ...", and a name may hold anything.
		if _, after, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" ")); !bytes.HasPrefix(after, []byte("T")) {
			return false
		}
	}
	return true
}
