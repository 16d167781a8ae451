package stage

import "syscall"

// childAttr keeps a terminal's Ctrl-C from the notifiers, so that the demonstration ends them one by one, and has
// the kernel end them should the demonstration itself be killed.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
