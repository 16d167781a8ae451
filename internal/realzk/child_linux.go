package realzk

import "syscall"

// childAttr puts a server into a process group of its own, so that a Ctrl-C meant for the tests does not reach
// it first, and has the kernel kill it when we die, however we die. (The kernel goes by the thread that
// started it; Go's threads live as long as the process unless a goroutine ends while locked to one.)
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
