//go:build !linux

package stage

import "syscall"

// childAttr leaves the notifiers in the terminal's process group, whose Ctrl-C ends them.
func childAttr() *syscall.SysProcAttr { return nil }
