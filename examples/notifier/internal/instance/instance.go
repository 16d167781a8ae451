// Package instance is one notifier: a ZooKeeper session, the work whenever this instance leads, and a status page. It is
// the part to read for how an application uses the library.
package instance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/status"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
	"burrow.example/zookeeper/examples/notifier/internal/web"
	"burrow.example/zookeeper/metrics"
)

// Name is what the instances contend for: the node of this name below the root path.
const Name = "notifier"

// incidents are kept below the node of this name.
const incidents = "incidents"

// Instance is one notifier.
type Instance struct {
	Zookeeper zookeeper.Config // valid, says Validate
	Webhook   string
	Targets   []uptime.Target
	Listen    string // host:port of the status page; "": there is none
	Log       *zap.Logger
}

// Run contends for the lead and does the leader's work until ctx ends. Then it hands over at once: the work
// stops, the lock is released, the session closed. The status page is there from the beginning to the end.
func (i *Instance) Run(ctx context.Context) error {
	config := i.Zookeeper
	if config.ID == "" {
		config.ID = defaultID()
	}
	zc := &zookeeper.Coordinator{Config: config, Log: i.Log.Named("zookeeper")}
	zc.Configure()

	history := status.NewHistory()
	if i.Listen != "" {
		address, stop, err := web.Serve(i.Listen, i.routes(config.ID, zc, history))
		if err != nil {
			return errors.Join(fmt.Errorf("status page: %w", err), zc.Stop())
		}
		defer stop()
		i.Log.Info("status page", zap.String("url", "http://"+address+"/"))
	}

	// So that ctx ends Start as well. The Stop below waits for this one, and has its error.
	unhook := context.AfterFunc(ctx, func() { _ = zc.Stop() })
	err := zc.Start()
	unhook()
	if err == nil {
		i.Log.Info("stands by", zap.String("id", config.ID), zap.Int("targets", len(i.Targets)))
		following := make(chan struct{})
		go func() { // ends with ctx, or with zc; waited for below
			defer close(following)
			history.Follow(ctx, zc.App, Name, below(zc.App.ZookeeperRoot, incidents))
		}()
		err = i.lead(ctx, zc.App, config)
		defer func() { <-following }()
	}
	if ctx.Err() != nil {
		err = nil // whatever ended it, it was asked to end
	}
	return errors.Join(err, zc.Stop())
}

// routes are what is served over HTTP.
func (i *Instance) routes(id string, zc *zookeeper.Coordinator, history *status.History) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(zc, Name))
	mux.Handle("GET /readyz", zc.Readiness())
	mux.Handle("GET /healthz", zc.Liveness())
	var targets []string
	for _, target := range i.Targets {
		targets = append(targets, target.Name)
	}
	status.New(id, targets, zc, history, i.Log).Register(mux)
	return mux
}

// lead does the work whenever this instance leads, until ctx ends.
func (i *Instance) lead(ctx context.Context, app *zookeeper.ApplicationContext, config zookeeper.Config) error {
	duty := uptime.Duty{
		ID:      config.ID,
		Targets: i.Targets,
		Webhook: i.Webhook,
		Store:   &uptime.Store{Tree: app.Zookeeper, Path: below(app.ZookeeperRoot, incidents), ACL: acl(config)},
		Log:     i.Log,
	}
	return app.Lead(ctx, Name, func(l *zookeeper.Leadership) error {
		duty.Run(l)
		return nil
	})
}

func below(root, name string) string {
	if root == "/" {
		return "/" + name
	}
	return root + "/" + name
}

// acl is that of the nodes which the library creates.
func acl(config zookeeper.Config) []zk.ACL {
	if len(config.ACL) == 0 {
		return zk.WorldACL(zk.PermAll)
	}
	return config.ACL
}

// defaultID is the library's, spelled out here because requests carry it as well.
func defaultID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + ":" + strconv.Itoa(os.Getpid())
}
