package lease

import (
	"testing"
	"time"
)

// earliest is when a leader expires a session at the earliest, counted from the sending of the last answered check, if
// the server that it was sent to is cut off from the leader right after: the argument in parts.go.
func earliest(timeout, tick, period time.Duration) time.Duration { return timeout - period - tick/2 }

// negotiable yields what a server can be set to and negotiate, in whole milliseconds as on the wire: by default 2 to 20
// ticks. Either bound may have been raised.
func negotiable(yield func(tick, timeout time.Duration)) {
	for tick := time.Millisecond; tick <= time.Minute; tick += max(1, tick/50/time.Millisecond) * time.Millisecond {
		step := max(1, tick/20/time.Millisecond) * time.Millisecond
		for timeout := 2 * tick; timeout <= 40*tick; timeout += step {
			yield(tick, timeout)
		}
		yield(tick, 1000*tick)
	}
}

func TestTrustEndsBeforeExpiry(t *testing.T) {
	negotiable(func(tick, timeout time.Duration) {
		if end := earliest(timeout, tick, timeout/proveOf); trust(timeout) > end {
			t.Errorf("tick %v, timeout %v: trust of %v, but the session can expire after %v", tick, timeout, trust(timeout), end)
		}
	})
}

// TestOtherConstantsAreNotSafe: the test above would tell.
func TestOtherConstantsAreNotSafe(t *testing.T) {
	for name, c := range map[string]struct {
		parts, of time.Duration // of T, trusted
		period    time.Duration // part of T between two checks
		ticks     time.Duration // in the shortest T
	}{
		"trust of 3T/4":         {3, 4, proveOf, 2},
		"one millisecond more":  {668, 1000, proveOf, 2},
		"a check every T/8":     {trustParts, trustOf, 8, 2},
		"a session of one tick": {trustParts, trustOf, proveOf, 1},
	} {
		const timeout = time.Second
		if timeout*c.parts/c.of <= earliest(timeout, timeout/c.ticks, timeout/c.period) {
			t.Errorf("%s would be safe", name)
		}
	}
}

// expiry is what the leader makes of a session that was touched at a time: the first whole tick after the timeout
// (ExpiryQueue.update).
func expiry(touched, timeout, tick time.Duration) time.Duration {
	return ((touched+timeout)/tick + 1) * tick
}

// touched is when the leader last heard of a session. It pings its followers every half tick (Leader.lead), here at a
// given phase. A follower answers with the sessions that it has heard of since the ping before (Learner.ping), and
// nothing else that it forwards counts. It is cut off after the last of the times at which it heard of the session.
func touched(heard []time.Duration, tick, phase time.Duration) time.Duration {
	cut := heard[len(heard)-1]
	for ping := cut - (cut-phase)%(tick/2); ; ping -= tick / 2 {
		for _, at := range heard {
			if ping-tick/2 <= at && at < ping {
				return ping
			}
		}
	}
}

// TestEarliestExpiryInAModel: the argument holds over all phases of the leader's pings and of its ticks, for a session
// that was heard of every T/12 and then proved at any time after, and gives away less than a tick.
func TestEarliestExpiryInAModel(t *testing.T) {
	const timeout, steps = 24 * time.Second, 16
	for _, ticks := range []time.Duration{2, 3, 4, 6, 12, 20} {
		tick, period := timeout/ticks, timeout/proveOf
		bound, least := earliest(timeout, tick, period), timeout
		for i := range 2 * time.Duration(steps) {
			begun := i * tick / steps / 2 // after a tick
			heard := []time.Duration{begun, begun + period, begun + 2*period, begun + 3*period, 0}
			for k := range time.Duration(steps) {
				heard[4] = heard[3] + 1 + k*period/steps
				for j := range 2 * time.Duration(steps) {
					phase := j*tick/2/steps + j%2 // just before and just after
					least = min(least, expiry(touched(heard, tick, phase), timeout, tick)-heard[4])
				}
			}
		}
		if least < bound {
			t.Errorf("tick T/%d: the session expires %v after the last check, before %v", ticks, least, bound)
		}
		if least > bound+tick {
			t.Errorf("tick T/%d: the session never expires before %v, far from %v: the model is of something else", ticks, least, bound)
		}
	}
}

// TestPartsFitTogether: what is left of trust when a server falls silent pays for two more servers.
func TestPartsFitTogether(t *testing.T) {
	const (
		dialed     = T / 6 // the limits of package dial
		reattached = T / 6
	)
	left := trust(T) - T/proveOf - T/kickOf // after the kick
	if left < dialed+reattached {
		t.Errorf("%v of trust are left after a kick", left)
	}
	if T/graceOf < reattached {
		t.Errorf("a connection is kicked after %v, before its handshake is given up", T/graceOf)
	}
	if spare := trust(T) - T/warmOf; spare < T/kickOf {
		t.Errorf("the second in line has %v of trust when its turn comes", spare)
	}
}
