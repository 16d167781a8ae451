package player

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now reads CLOCK_MONOTONIC, which all processes of a machine share; so do System.nanoTime of Java and
// time.monotonic_ns of Python.
func Now() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err) // there is such a clock wherever this compiles
	}
	return time.Duration(ts.Nano())
}
