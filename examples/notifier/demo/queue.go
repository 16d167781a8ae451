package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/instance"
)

// queue is the demonstration's own view of who stands in line to lead.
type queue struct {
	coordinator *zookeeper.Coordinator
	root        string
}

func observe(server, root string) (*queue, error) {
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{server}, RootPath: root}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		return nil, errors.Join(err, zc.Stop())
	}
	return &queue{coordinator: zc, root: root}, nil
}

// await waits until so many instances stand in line.
func (q *queue) await(ctx context.Context, instances int) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		line, _, err := q.coordinator.App.Zookeeper.Children(q.root + "/" + instance.Name)
		if err != nil && !errors.Is(err, zk.ErrNoNode) {
			return fmt.Errorf("look who stands in line: %w", err)
		}
		if len(line) == instances {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d instances stand in line: %w", len(line), instances, ctx.Err())
		case <-poll.C:
		}
	}
}

// close removes what the notifiers left, for the server may be somebody else's, and ends the session.
func (q *queue) close() error {
	return errors.Join(q.remove(q.root), q.coordinator.Stop())
}

func (q *queue) remove(path string) error {
	names, _, err := q.coordinator.App.Zookeeper.Children(path)
	for _, name := range names {
		err = errors.Join(err, q.remove(path+"/"+name))
	}
	if err == nil {
		err = q.coordinator.App.Zookeeper.Delete(path, -1)
	}
	if errors.Is(err, zk.ErrNoNode) {
		return nil
	}
	return err
}
