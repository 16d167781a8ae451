package instance

import (
	"syscall"
	"time"
	"unsafe"
)

// Now reads CLOCK_MONOTONIC, so that the times of different processes can be compared; Go's own monotonic readings
// count from the start of each process.
func Now() time.Duration {
	const clockMonotonic = 1
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		panic("clock_gettime: " + errno.Error())
	}
	return time.Duration(ts.Nano())
}
