package inproc

import (
	"runtime"
	"time"
)

// Call is one of several that are compared.
type Call func() error

// Alternate makes calls in turn, A B B A A B B A ..., each as many times, and returns how long every one took, in
// microseconds.
func Alternate(a, b Call, times int) (as, bs []float64, err error) {
	for i := range times {
		first, second, to, too := a, b, &as, &bs
		if i%2 == 1 {
			first, second, to, too = b, a, &bs, &as
		}
		begun := time.Now()
		if err := first(); err != nil {
			return nil, nil, err
		}
		between := time.Now()
		if err := second(); err != nil {
			return nil, nil, err
		}
		*to = append(*to, microseconds(between.Sub(begun)))
		*too = append(*too, microseconds(time.Since(between)))
	}
	return as, bs, nil
}

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

// Allocs returns how many allocations this process makes per call. Nothing else may run in it.
func Allocs(call Call, times int) (float64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if err := call(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(times), nil
}

// Nanoseconds returns how long a call takes that is too short to be timed alone.
func Nanoseconds(call func(), times int) float64 {
	begun := time.Now()
	for range times {
		call()
	}
	return float64(time.Since(begun)) / float64(times)
}
