// Package tour is what the notifier shows to somebody who starts it without a configuration: three instances in one
// process, on a ZooKeeper ensemble in the same process, and the faults that they are made for.
package tour

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/instance"
	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/web"
	"burrow.example/zookeeper/zktest"
)

const (
	sessionTimeout = 4 * time.Second
	tick           = 250 * time.Millisecond // of the servers
	syncLimit      = 3                      // ticks after which they give each other up
	checkInterval  = 300 * time.Millisecond
	limit          = 50 * time.Second // of the whole tour
)

const intro = `Three notifiers watch a shop and tell a webhook when it goes down and when it is back. Only one of them,
the leader, does so at a time; the others stand by. They agree through ZooKeeper: here an ensemble of three
servers, which like everything else runs in this very process. Watch what goes wrong, and who takes over:`

const outro = `This was a tour. To run the notifier for real, give it a configuration: -config notifier.toml`

// Run plays the tour. It fails if an outage was not told exactly once, or if the lead was lost or kept where it
// should not have been.
func Run(ctx context.Context, teller *stage.Teller) error {
	teller.Print(intro)
	teller.Print("  time   who         what")
	verdict, err := play(ctx, teller)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if verdict == nil {
		return err
	}
	if err != nil {
		verdict.Problems = append(verdict.Problems, err.Error())
	}
	teller.Print(verdict.String())
	if failures := verdict.Failures(); len(failures) > 0 {
		return errors.New(strings.Join(failures, "; "))
	}
	teller.Print(outro)
	return nil
}

// play sets the stage, plays the acts and clears everything away. The verdict is nil if it came to no play.
func play(ctx context.Context, teller *stage.Teller) (verdict *stage.Verdict, err error) {
	servers, err := zktest.Start(zktest.Members(3), zktest.Tick(tick), zktest.SyncLimit(syncLimit),
		zktest.Election(100*time.Millisecond, 200*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer servers.Close()
	teller.Say("zookeeper", "an ensemble of three servers: %s", strings.Join(servers.Addrs(), ", "))

	ledger := stage.NewLedger()
	shop, receiver := &stage.Site{Name: "shop", Teller: teller, Ledger: ledger}, stage.NewReceiver(teller, ledger)
	shopAddress, closeShop, err := web.Serve("127.0.0.1:0", shop)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeShop()) }()
	webhookAddress, closeWebhook, err := web.Serve("127.0.0.1:0", receiver)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeWebhook()) }()

	cast := &cast{
		teller: teller, servers: servers, running: make(map[string]*actor),
		shop: "http://" + shopAddress + "/health", webhook: "http://" + webhookAddress + "/incidents",
	}
	defer func() { err = errors.Join(err, cast.stopAll(ledger.Last().Instance)) }()
	verdict = &stage.Verdict{Receiver: receiver, Ledger: ledger}
	acts := &acts{cast: cast, servers: servers, Play: &stage.Play{
		Teller: teller, Shop: shop, Verdict: verdict,
		InLine: func(ctx context.Context) error { return inLine(ctx, servers) },
	}}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return verdict, acts.play(ctx)
}

// inLine waits until all instances stand in line, as the leading server sees it.
func inLine(ctx context.Context, servers *zktest.Server) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		line := 0
		for _, node := range servers.Nodes(root + "/" + instance.Name) {
			if node.Stat.EphemeralOwner != 0 {
				line++
			}
		}
		if line == len(names) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d instances stand in line: %w", line, len(names), ctx.Err())
		case <-poll.C:
		}
	}
}
