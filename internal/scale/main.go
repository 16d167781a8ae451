// Command scale measures on a real ZooKeeper server what this library costs it, beside what docs/scale.md predicts: many
// candidates for one name, each with a session of its own, and many leaderships in one coordinator. It fails where the
// two differ.
//
//	go run ./internal/scale -candidates 1000 -leaderships 10000 -timeout 12s
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"time"

	"burrow.example/zookeeper/internal/realzk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	candidates := flag.Int("candidates", 1000, "how many contend for one name, each with a session")
	leaderships := flag.Int("leaderships", 10000, "how many one coordinator holds")
	timeout := flag.Duration("timeout", 12*time.Second, "the session timeout, 4s to 40s")
	flag.Parse()
	if err := run(ctx, *candidates, *leaderships, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// at is a real server.
func at(real *realzk.Server) server { return server{real.Addr(), new(net.Dialer).DialContext} }

// through is the server behind a proxy.
func through(proxy *realzk.Proxy) server { return server{proxy.Addr(), new(net.Dialer).DialContext} }

var errDiffers = errors.New("not everything was as predicted")

func run(ctx context.Context, candidates, leaderships int, timeout time.Duration) error {
	real, err := realzk.Start(realzk.JVMFlags("-Xmx512m"))
	if err != nil {
		return err
	}
	defer real.Close()
	fmt.Println(real)
	server := at(real)
	proxy, err := realzk.NewProxy(real.Addr()) // learns the session's password
	if err != nil {
		return err
	}
	defer proxy.Close()
	failed := error(nil)
	for _, scene := range []interface {
		run(context.Context) (*report, error)
	}{
		&queue{server: server, root: "/scale-queue", size: candidates, timeout: timeout, handOver: 20, calm: 2 * timeout},
		&many{
			server: through(proxy), root: "/scale-many", names: leaderships, atOnce: 64, timeout: timeout, calm: 2 * timeout,
			expire: func(int64) error { return proxy.Expire() },
		},
		&limits{maxBuffer: 64 << 10},
	} {
		limited, cancel := context.WithTimeout(ctx, 10*time.Minute)
		r, err := scene.run(limited)
		cancel()
		if r != nil {
			r.print(os.Stdout)
			if !r.ok() {
				failed = errDiffers
			}
		}
		if err != nil {
			return err
		}
	}
	return failed
}
