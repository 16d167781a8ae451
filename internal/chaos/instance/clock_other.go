//go:build !linux

package instance

import "time"

// Now is the wall clock, which processes share as well. It is as good as nobody sets it during a run.
func Now() time.Duration { return time.Duration(time.Now().UnixNano()) }
