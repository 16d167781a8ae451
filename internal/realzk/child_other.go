//go:build !linux

package realzk

import "syscall"

// childAttr puts a server into a process group of its own. Only Linux also ends it when we are killed.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// stopped cannot look here.
func stopped(int) bool { return true }
