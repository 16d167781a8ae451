package uptime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

// Leadership is the part of *zookeeper.Leadership that the work needs.
type Leadership interface {
	Context() context.Context
	Valid() bool
	Term() int64
	Guard(ops ...any) ([]zk.MultiResponse, error)
}

// Tree is the part of zookeeper.ZookeeperClient that the work reads with. It writes only through
// Leadership.Guard.
type Tree interface {
	Create(path string, data []byte, flags int32, acl []zk.ACL) (string, error)
	Children(path string) ([]string, *zk.Stat, error)
	Get(path string) ([]byte, *zk.Stat, error)
}

// Store keeps the incidents under Path, one node per target.
type Store struct {
	Tree Tree
	Path string   // e.g. /uptime/incidents; its parent exists
	ACL  []zk.ACL // of the nodes it creates
}

// targets names the targets that have an incident, creating the node that holds them if this is the first
// leader ever.
func (s *Store) targets(l Leadership) ([]string, error) {
	if err := s.barrier(l); err != nil {
		return nil, err
	}
	names, _, err := s.Tree.Children(s.Path)
	if errors.Is(err, zk.ErrNoNode) {
		if _, err = s.Tree.Create(s.Path, nil, 0, s.ACL); errors.Is(err, zk.ErrNodeExists) {
			err = nil // by an answer that was lost
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", s.Path, err)
	}
	return names, nil
}

// read is the target's incident, nil if it has none.
func (s *Store) read(l Leadership, target string) (*Incident, error) {
	if err := s.barrier(l); err != nil {
		return nil, err
	}
	path := s.node(target)
	data, stat, err := s.Tree.Get(path)
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var incident Incident
	if err := json.Unmarshal(data, &incident); err != nil {
		return nil, fmt.Errorf("read %s: not an incident: %w", path, err)
	}
	if incident.ID == "" {
		return nil, fmt.Errorf("read %s: an incident without an id", path)
	}
	incident.Target = target // the node's name decides, as it does for every write
	incident.version = stat.Version
	return &incident, nil
}

// barrier makes what is read next at least as new as everything written before this leadership: a guard
// without operations is still a committed transaction, and ZooKeeper never shows a session anything older
// than its own last write. It also refuses once the leadership is over.
func (s *Store) barrier(l Leadership) error {
	if _, err := l.Guard(); err != nil {
		return fmt.Errorf("read %s: %w", s.Path, err)
	}
	return nil
}

// create records a new incident. It fails if the target has one.
func (s *Store) create(l Leadership, incident Incident) (Incident, error) {
	data, err := json.Marshal(incident)
	if err != nil {
		return incident, err
	}
	incident.version = 0
	return incident, s.guard(l, &zk.CreateRequest{Path: s.node(incident.Target), Data: data, Acl: s.ACL})
}

// save replaces the version that the incident was read or written as.
func (s *Store) save(l Leadership, incident Incident) (Incident, error) {
	data, err := json.Marshal(incident)
	if err != nil {
		return incident, err
	}
	replaces := incident.version
	incident.version++
	return incident, s.guard(l, &zk.SetDataRequest{Path: s.node(incident.Target), Data: data, Version: replaces})
}

// remove forgets an incident whose close event has been delivered.
func (s *Store) remove(l Leadership, incident Incident) error {
	return s.guard(l, &zk.DeleteRequest{Path: s.node(incident.Target), Version: incident.version})
}

func (s *Store) guard(l Leadership, op any) error {
	if _, err := l.Guard(op); err != nil {
		return fmt.Errorf("write %s: %w", s.Path, err)
	}
	return nil
}

func (s *Store) node(target string) string { return s.Path + "/" + target }
