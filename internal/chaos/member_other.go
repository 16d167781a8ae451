//go:build !linux

package main

import "syscall"

// childAttr keeps a Ctrl-C from the instances; they end with their standard input.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
