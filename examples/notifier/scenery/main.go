// Command scenery is what the notifier needs to be tried out by hand: a shop to watch and a webhook to tell. The shop
// goes down and comes back when it is told to; the webhook prints what arrives and drops repetitions, as every
// receiver should.
//
//	go run ./examples/notifier/scenery &
//	go run ./examples/notifier -config examples/notifier/notifier.toml &
//	curl -X POST localhost:8080/down
//	curl -X POST localhost:8080/up
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process the hard way
	shop := flag.String("shop", ":8080", "the `address` of the shop")
	webhook := flag.String("webhook", ":9000", "the `address` of the webhook")
	flag.Parse()
	if err := run(ctx, os.Stdout, *shop, *webhook); err != nil {
		fmt.Fprintln(os.Stderr, "scenery:", err)
		os.Exit(1)
	}
}

// run serves both until ctx ends.
func run(ctx context.Context, out io.Writer, shopAddress, webhookAddress string) error {
	teller, ledger := stage.NewTeller(out), stage.NewLedger()
	shop := &stage.Site{Name: "shop", Teller: teller, Ledger: ledger}
	switches := http.NewServeMux()
	switches.HandleFunc("POST /down", func(http.ResponseWriter, *http.Request) { shop.GoDown() })
	switches.HandleFunc("POST /up", func(http.ResponseWriter, *http.Request) { shop.ComeBack() })
	switches.Handle("/", shop)

	var errs []error
	var done []func() error
	for _, s := range []struct {
		name, address string
		handler       http.Handler
	}{
		{"shop", shopAddress, switches},
		{"webhook", webhookAddress, stage.NewReceiver(teller, ledger)},
	} {
		address, stop, err := web.Serve(s.address, s.handler)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		teller.Say(s.name, "listens at %s", address)
		done = append(done, stop)
	}
	if len(errs) == 0 {
		<-ctx.Done()
	}
	for _, stop := range done {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}
