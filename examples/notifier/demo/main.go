// Command demo shows the notifier at work on a real ZooKeeper: three processes, a shop that goes down and comes
// back, a webhook that hears of it, and leaders that die at bad moments. It checks what it shows, and ends with
// status 1 if an outage was not told exactly once or if two instances worked at the same time.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/web"
	"burrow.example/zookeeper/internal/realzk"
)

const (
	sessionTimeout = 4 * time.Second
	tickTime       = time.Second            // of the server: sessions expire on its grid
	checkInterval  = 400 * time.Millisecond // of the shop
	playLimit      = 50 * time.Second       // of the whole script
)

const intro = `Three notifiers watch a shop and tell a webhook when it goes down and when it is back. Only one of them,
the leader, does so at a time; the others stand by. They agree through ZooKeeper, and an incident that is
open outlives whoever opened it. Watch the leaders die:`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it the hard way
	teller := stage.NewTeller(os.Stdout)
	verdict, err := run(ctx, teller, func() (*realzk.Server, error) { return realzk.Start(realzk.TickTime(tickTime)) })
	switch {
	case ctx.Err() != nil:
		teller.Say("demo", "interrupted; nothing is left running")
		os.Exit(130)
	case verdict == nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	if err != nil {
		verdict.Problems = append(verdict.Problems, err.Error())
	}
	teller.Print(verdict.String())
	if len(verdict.Failures()) > 0 {
		os.Exit(1)
	}
}

// run sets the stage, plays the script and clears everything away, the server included. The verdict is nil if it came
// to no script.
func run(ctx context.Context, teller *stage.Teller, start func() (*realzk.Server, error)) (verdict *stage.Verdict, err error) {
	teller.Print(intro)
	teller.Print("  time   who         what")
	teller.Say("demo", "starting a ZooKeeper server, building the notifier")
	fleet := &fleet{teller: teller, live: make(map[string]*stage.Process)}
	defer func() { err = errors.Join(err, fleet.stop()) }()
	server, err := prepare(ctx, fleet, start)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	teller.Say("demo", "%s", server)

	ledger := stage.NewLedger()
	shop := &stage.Site{Name: "shop", Teller: teller, Ledger: ledger}
	receiver := stage.NewReceiver(teller, ledger)
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

	root := fmt.Sprintf("/notifier-demo-%d", os.Getpid())
	queue, err := observe(server.Addr(), root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, queue.close()) }()
	err = fleet.configure(values{
		Server: server.Addr(), Root: root, Webhook: "http://" + webhookAddress + "/incidents", Shop: "http://" + shopAddress + "/health",
		Timeout: sessionTimeout, Interval: checkInterval,
	})
	if err != nil {
		return nil, err
	}
	verdict = &stage.Verdict{Receiver: receiver, Ledger: ledger}
	s := &script{fleet: fleet, Play: &stage.Play{
		Teller: teller, Shop: shop, Verdict: verdict,
		InLine: func(ctx context.Context) error { return queue.await(ctx, len(names)) },
	}}
	ctx, cancel := context.WithTimeout(ctx, playLimit)
	defer cancel()
	err = s.play(ctx)
	// The leader last, so that nobody takes over who is about to end.
	return verdict, errors.Join(err, fleet.stopAll(ledger.Last().Instance))
}

// prepare has the server started and the notifier built at the same time.
func prepare(ctx context.Context, fleet *fleet, start func() (*realzk.Server, error)) (*realzk.Server, error) {
	built := make(chan error, 1)
	go func() { built <- fleet.build(ctx) }() // waited for below
	server, err := start()
	err = errors.Join(err, <-built)
	if err != nil && server != nil {
		err = errors.Join(err, server.Close())
	}
	return server, err
}
