package main

import "syscall"

// childAttr has the kernel kill an instance when the driver dies, also one that is stopped and cannot hear of it.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
