package lease

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// storms runs the model in the weather of some seeds. It calls verdict for every transaction answered.
func storms(first, end uint64, tick time.Duration, verdict func(seed uint64, renewed, known time.Duration)) {
	for seed := first; seed < end; seed++ {
		m := model{weather: storm(seed, tick)}
		m.verdict = func(_, renewed, known time.Duration) { verdict(seed, renewed, known) }
		m.run()
	}
}

// TestNoStormMakesItClaimTooMuch: in no weather is more claimed of a transaction than the leader had heard when it got
// it, even if it hears no more from the server.
func TestNoStormMakesItClaimTooMuch(t *testing.T) {
	const parts, seeds = 4, 1500
	for part := range uint64(parts) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			all, told := 0, 0
			storms(part*seeds, (part+1)*seeds, T/tickOf, func(seed uint64, renewed, known time.Duration) {
				all++
				if renewed > known {
					t.Errorf("seed %d: %v is claimed, but the session was renewed at %v", seed, renewed, known)
				}
				if renewed > 0 {
					told++
				}
			})
			if told < all/2 {
				t.Errorf("of %d transactions %d told anything: this test shows little", all, told)
			}
		})
	}
}

// TestLongerTicksAreNotSafe: the test above would tell if a server could have a longer tick than T/2.
func TestLongerTicksAreNotSafe(t *testing.T) {
	wrong := 0
	storms(0, 2000, T*6/10, func(_ uint64, renewed, known time.Duration) {
		if renewed > known {
			wrong++
		}
	})
	if wrong == 0 {
		t.Error("a tick of 6T/10 does no harm: the weather is too calm")
	}
}

// TestNothingIsLostInCalmWeather: a session that is proved every T/12 by quick answers is trusted for all of 2T/3,
// whatever the tick.
func TestNothingIsLostInCalmWeather(t *testing.T) {
	for _, ticks := range []time.Duration{2, 3, 5, 20} {
		lost, spare := time.Duration(0), T
		for seed := range uint64(50) {
			r := rand.New(rand.NewPCG(seed, 0))
			below := func(d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
			quick := func() time.Duration { return time.Millisecond + below(5*time.Millisecond) }
			m := model{weather: weather{
				ping: T / ticks / 2, phase: below(T / ticks / 2), quorum: quick,
				delay: [4]func() time.Duration{quick, quick, quick, quick},
				beat:  below(T / 3), next: func() time.Duration { return T/proveOf + below(time.Millisecond) }, end: 4 * T,
			}}
			m.verdict = func(sent, renewed, known time.Duration) {
				end := min(sent+trust(T), renewed+T)
				spare = min(spare, known+T-end)
				if sent > T { // the beginning costs T/12
					lost = max(lost, sent+trust(T)-end)
				}
			}
			m.run()
		}
		t.Logf("T of %d ticks: %v of trust is lost at most, %v to spare at least", ticks, lost, spare)
		if lost > 20*time.Millisecond || spare < 0 {
			t.Errorf("T of %d ticks: %v of trust is lost, %v to spare", ticks, lost, spare)
		}
	}
}

// TestReported, in seconds before b was sent, at a T of 12.
func TestReported(t *testing.T) {
	every := func(step, trip, end float64) (all []touch) {
		for s := end; s > 0; s -= step {
			all = append(all, ago(s, s-trip))
		}
		return all
	}
	for name, c := range map[string]struct {
		commits, others []touch
		want            float64
	}{
		"nothing":                            {nil, nil, -1},
		"answered half a tick before":        {nil, []touch{ago(4, 3), ago(3.5, 2.9)}, 4},
		"by a transaction":                   {[]touch{ago(5, 3), ago(3.5, 2.9)}, []touch{ago(6, 4)}, 5},
		"steady":                             {every(1, 0.1, 12), nil, 3},
		"steady and slow":                    {every(1, 0.6, 12), nil, 4},
		"steady and slower":                  {every(1, 1, 12), nil, 4},
		"steady at first":                    {every(1, 0.1, 12)[:7], nil, 6},
		"steady pings, which overtake pings": {nil, every(0.25, 0.1, 12), 3.25},
		"only transactions show that a ping has passed": {
			[]touch{ago(4, 3.2)}, []touch{ago(4.9, 4.8), ago(2.8, 2.7)}, 4,
		},
		"slow ones overlap": {every(0.5, 2.4, 12), nil, 5.5},
		"often":             {every(0.25, 0.1, 12), nil, 3},
	} {
		h := history{timeout: T, commits: c.commits, others: c.others}
		b := ago(0, -0.1)
		got := -1.0
		if renewed := h.reported(b); renewed > 0 {
			got = (b.sent - renewed).Seconds()
		}
		if got != c.want {
			t.Errorf("%s: renewed %v before b, want %v", name, got, c.want)
		}
	}
}

// ago is a request that was sent and answered so many seconds before b, which is sent long after the connection request.
func ago(sent, answered float64) touch {
	at := func(s float64) time.Duration {
		return 100*T - time.Duration(s*float64(time.Second)).Round(time.Millisecond)
	}
	return touch{at(sent), at(answered)}
}
