// Command notifier is a small highly available uptime notifier: run as many instances of it as you like, one of
// them watches the targets and tells the webhook of outages, and another goes on where it stopped when it dies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper/examples/notifier/internal/console"
	"burrow.example/zookeeper/examples/notifier/internal/instance"
	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/tour"
)

const usage = `usage: notifier -config notifier.toml [-id name] [-listen host:port] [-json] [-debug]
       notifier

Run it on several machines with the same configuration. Whichever instance leads checks the targets and POSTs
incidents to the webhook; the others stand by. SIGINT and SIGTERM hand over at once.

Without a configuration it shows what it does: three instances in one process, on a ZooKeeper in the same process,
and what happens when things go wrong.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process the hard way
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command. It returns the exit status: 0, 1 if something failed, 2 if it was called or configured wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("notifier", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	config := flags.String("config", "", "the configuration `file`, see notifier.toml")
	id := flags.String("id", "", "the `name` of this instance, for logs and lock nodes (default host:pid)")
	listen := flags.String("listen", "", "serve the status page at `host:port` (default http.listen of the configuration)")
	asJSON := flags.Bool("json", false, "log JSON, for machines")
	debug := flags.Bool("debug", false, "log more")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if len(args) == 0 {
		return showTour(ctx, stdout, stderr)
	}
	if flags.NArg() > 0 || *config == "" {
		flags.Usage()
		return 2
	}
	s, err := load(*config, *id)
	if err != nil {
		fmt.Fprintln(stderr, "notifier:", err)
		return 2
	}
	if *listen != "" {
		if problem := listenProblem(*listen); problem != "" {
			fmt.Fprintf(stderr, "notifier: -listen %q: %s\n", *listen, problem)
			return 2
		}
		s.listen = *listen
	}
	log := newLog(stderr, *asJSON, *debug)
	i := &instance.Instance{
		Zookeeper: s.zookeeper, Webhook: s.webhook, Targets: s.targets, Listen: s.listen, Log: log,
	}
	if err := i.Run(ctx); err != nil {
		log.Error("ends", zap.Error(err))
		return 1
	}
	log.Info("ends")
	return 0
}

func showTour(ctx context.Context, stdout, stderr io.Writer) int {
	if err := tour.Run(ctx, stage.NewTeller(stdout)); err != nil {
		fmt.Fprintln(stderr, "notifier:", err)
		return 1
	}
	return 0
}

func newLog(out io.Writer, asJSON, debug bool) *zap.Logger {
	level := zapcore.InfoLevel
	if debug {
		level = zapcore.DebugLevel
	}
	if !asJSON {
		return console.New(out, level)
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	encoder.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoder), zapcore.Lock(zapcore.AddSync(out)), level))
}
