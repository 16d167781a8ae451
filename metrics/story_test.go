package metrics_test

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestEveryMetricMoves: for each there is a fault, or a success, that moves it as it should.
func TestEveryMetricMoves(t *testing.T) {
	inVirtualTime(t, func(f *fleet) {
		c := story(f)
		before := parse(t, c.scrape())[`leader_last_seen_timestamp_seconds{name="notifier"}`]
		time.Sleep(time.Minute)
		if after := parse(t, c.scrape())[`leader_last_seen_timestamp_seconds{name="notifier"}`]; after != before {
			t.Errorf("nobody led for a minute, and somebody was last seen after %v s of it", after-before)
		}
	})
}

// story has everything happen to a fleet that its metrics tell of. It returns an instance that goes on when nobody
// leads any more.
func story(f *fleet) *instance {
	a := f.configure("a")
	a.moves(func() {
		if err := a.Start(); err != nil {
			f.Fatal(err)
		}
	}, "connected=1", "sessions_started_total+1", "session_timeout_seconds=6",
		`state{state="connected"}=1`, `state{state="disconnected"}=0`)
	b, c := f.start("b"), f.start("c")

	var led *zookeeper.Leadership
	a.moves(func() { led = a.lead() }, "leaderships_held=1", "leaderships_won_total+1", "locks_held=1",
		"trust_remaining_seconds>3", `leader_term{name="notifier"}>0`, "proof_round_trip_seconds_count>3",
		"proof_round_trip_seconds_sum>0", `leader_last_seen_timestamp_seconds{name="notifier"}`)
	a.moves(a.net.ResetConnections, "reconnects_total+1")

	// A server that falls silent for a while that trust outlasts.
	a.moves(a.net.Freeze, `state{state="suspended"}=1`, "connected=0", "kicks_total+1", "trust_remaining_seconds<1.5")
	a.moves(a.net.Thaw, "narrow_proofs_total+1", "trust_remaining_seconds>3", "connected=1")

	// And for longer than that; another takes over.
	successor := make(chan *zookeeper.Leadership)
	go func() { successor <- b.lead() }()
	a.moves(a.net.Cut, `state{state="expired"}=1`, `session_expirations_total{cause="trust"}+1`,
		`leaderships_lost_total{cause="trust"}+1`, "leaderships_held=0", "locks_held=0",
		`leader_lookup_failures_total{name="notifier"}`, "session_timeout_seconds=0")
	term := led.Term()
	led = <-successor
	c.moves(func() {}) // sees it, too
	c.eventually(`leader_term{name="notifier"}`, "the successor's", func(v float64) bool { return v == float64(led.Term()) && led.Term() > term })
	a.moves(a.net.Heal, "sessions_started_total+1", "connected=1")

	b.moves(func() { // while it cannot hear that its lock node goes, which would be a cause of its own
		b.net.Cut()
		b.net.ResetConnections()
		f.server.ExpireSession(b.Stats().SessionID)
		b.net.Heal()
	},
		`session_expirations_total{cause="expired"}+1`, `leaderships_lost_total{cause="expired"}+1`)
	c.moves(c.net.Cut, `session_expirations_total{cause="suspended"}+1`) // it held nothing
	c.net.Heal()

	led = a.lead()
	a.moves(func() {
		for _, node := range f.server.Nodes(a.App.ZookeeperRoot) {
			if strings.Contains(node.Path, "-lock-") {
				if err := f.server.Delete(node.Path); err != nil {
					f.Fatal(err)
				}
			}
		}
	}, `leaderships_lost_total{cause="deleted"}+1`)
	led = a.lead()
	a.moves(func() { led.Resign() }, `leaderships_lost_total{cause="resigned"}+1`)

	// A create whose answer is lost, by somebody who gives up meanwhile.
	b.eventually("connected", "1", func(v float64) bool { return v == 1 })
	b.moves(func() {
		ctx, cancel := context.WithCancel(context.Background())
		lost := b.net.LoseNextReply(zktest.OpCreate)
		given := make(chan error)
		go func() { _, err := b.App.Campaign(ctx, job); given <- err }()
		<-lost
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			f.Error(err)
		}
	}, "orphans_cleaned_total+1")

	// A lock counts as well, and has its trust.
	lock := b.App.Zookeeper.NewLock(path.Join(b.App.ZookeeperRoot, "lock"))
	b.moves(func() {
		if err := lock.Lock(); err != nil {
			f.Fatal(err)
		}
	}, "locks_held=1", "trust_remaining_seconds>3")
	b.eventually("leaderships_held", "0", func(v float64) bool { return v == 0 })
	b.moves(func() { lock.Unlock() }, "locks_held=0", "trust_remaining_seconds=0")

	a.lead()
	a.moves(func() { a.Stop() }, `leaderships_lost_total{cause="stopped"}+1`, `state{state="stopped"}=1`)

	var still []string
	for series := range parse(f.T, a.scrape()) {
		if !f.moved[series] && !strings.HasPrefix(series, "proof_round_trip_seconds_bucket") {
			still = append(still, series)
		}
	}
	if slices.Sort(still); len(still) > 0 {
		f.Errorf("nothing moved %q", still)
	}
	c.eventually("connected", "1", func(v float64) bool { return v == 1 })
	return c
}
