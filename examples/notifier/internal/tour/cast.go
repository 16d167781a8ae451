package tour

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/console"
	"burrow.example/zookeeper/examples/notifier/internal/instance"
	"burrow.example/zookeeper/examples/notifier/internal/stage"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
	"burrow.example/zookeeper/zktest"
)

const root = "/uptime"

var names = []string{"notifier-1", "notifier-2", "notifier-3"}

// cast is the notifiers.
type cast struct {
	teller  *stage.Teller
	servers *zktest.Server
	shop    string
	webhook string
	running map[string]*actor
}

// actor is one instance that runs.
type actor struct {
	cancel context.CancelCauseFunc
	ended  chan error
}

func (c *cast) start(name string) {
	i := &instance.Instance{
		Zookeeper: zookeeper.Config{
			Servers: c.servers.Addrs(), RootPath: root, SessionTimeout: sessionTimeout, ID: name,
			// A network of its own for each, so that it can be cut.
			Dial: c.servers.Client(name).Dial,
		},
		Webhook: c.webhook,
		Targets: []uptime.Target{{Name: "shop", URL: c.shop, Interval: checkInterval}},
		Log:     console.New(c.teller.Log(name), zapcore.InfoLevel),
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	a := &actor{cancel: cancel, ended: make(chan error, 1)}
	c.running[name] = a
	go func() { a.ended <- i.Run(ctx) }() // ends with ctx, waited for by stop
}

// stop asks the instance to end and waits until it has.
func (c *cast) stop(name string) error {
	a := c.running[name]
	if a == nil {
		return fmt.Errorf("%s does not run", name)
	}
	delete(c.running, name)
	a.cancel(errors.New("asked to stop"))
	if err := <-a.ended; err != nil {
		return fmt.Errorf("%s ended with %w", name, err)
	}
	return nil
}

// stopAll stops whoever runs, the given one last.
func (c *cast) stopAll(last string) error {
	var errs []error
	for name := range c.running {
		if name != last {
			errs = append(errs, c.stop(name))
		}
	}
	if c.running[last] != nil {
		errs = append(errs, c.stop(last))
	}
	return errors.Join(errs...)
}
