package uptime

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff spaces out attempts: twice as long after each failure, from first up to last, with a jitter of a
// quarter so that several targets do not knock on a recovering webhook at once.
type backoff struct {
	first, last time.Duration
	failures    int
}

func (b *backoff) next() time.Duration {
	wait := b.last
	if b.failures < 16 { // beyond that the shift would have passed any sensible last
		wait = min(b.last, b.first<<b.failures)
	}
	b.failures++
	return wait - time.Duration(rand.Int64N(int64(wait)/4+1))
}

func (b *backoff) reset() { b.failures = 0 }

// sleep waits, and reports false if the context ended first.
func sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
