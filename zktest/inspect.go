package zktest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Session is one session as the ensemble knows it.
type Session struct {
	ID      int64
	Timeout time.Duration
	Member  int    // where its client is connected; 0 if nowhere
	Client  string // the name of the client's dialer, if it has one
}

// Sessions lists the sessions that live, the lowest id first: those that the leader has committed, or, while
// there is none, those of the member that knows most.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	tree := s.best().tree
	var list []Session
	for _, id := range sortedKeys(tree.sessions) {
		info := Session{ID: id, Timeout: time.Duration(tree.sessions[id]) * time.Millisecond}
		for _, m := range s.members {
			for _, c := range m.connsOf(id) {
				info.Member = m.number
				if c.client != nil {
					info.Client = c.client.name
				}
			}
		}
		list = append(list, info)
	}
	return list
}

// Node is one znode.
type Node struct {
	Path string
	Data []byte
	ACL  []ACL
	Stat Stat
}

// Node returns the node at path, and false if there is none, as the leader has it.
func (s *Server) Node(path string) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.best().tree.node(path)
}

// Nodes returns all nodes at and below path in the order of their paths, as the leader has them.
func (s *Server) Nodes(path string) []Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.best().tree.subtree(path)
}

// Node returns the node at path as this member has it, which may be behind the leader.
func (m *Member) Node(path string) (Node, bool) {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	return m.tree.node(path)
}

func (t *tree) node(path string) (Node, bool) {
	n := t.get(path)
	if n == nil {
		return Node{}, false
	}
	return Node{Path: path, Data: slices.Clone(n.data), ACL: slices.Clone(n.acl), Stat: n.visible()}, true
}

func (t *tree) subtree(path string) []Node {
	var list []Node
	for _, p := range slices.Sorted(maps.Keys(t.nodes)) {
		if path == "/" || p == path || strings.HasPrefix(p, path+"/") {
			n, _ := t.node(p)
			list = append(list, n)
		}
	}
	return list
}

// best is the member whose tree counts: the leader, or, without one, whoever has seen most.
func (s *Server) best() *Member {
	if r := s.current(); r != nil {
		return r.leader
	}
	best := s.members[0]
	for _, m := range s.members[1:] {
		if m.tree.zxid > best.tree.zxid {
			best = m
		}
	}
	return best
}

// Create creates a persistent node that everybody may change, and its missing ancestors, without a client. It returns
// when the leader has proposed that, which a single server has then done and an ensemble does a moment later, if the
// leader has a quorum. It fails as a client's request would, with a Code, or with ConnectionLoss while nobody leads.
func (s *Server) Create(path string, data []byte) error {
	if !validPath(path) || path == "/" {
		return fmt.Errorf("create %s: %w", path, BadArguments)
	}
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if err := s.operate(write{op: OpCreate, path: path[:i], acl: worldACL, ttl: -1}); err != nil && err != NodeExists {
			return fmt.Errorf("create %s: %w", path[:i], err)
		}
	}
	if err := s.operate(write{op: OpCreate, path: path, data: data, acl: worldACL, ttl: -1}); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	return nil
}

// Delete deletes a node without a client, as an operator would, whatever its version and its access control list. It
// returns and fails as Create does.
func (s *Server) Delete(path string) error {
	if err := s.operate(write{op: OpDelete, path: path, version: -1}); err != nil {
		return fmt.Errorf("delete %s: %w", path, err)
	}
	return nil
}

// operate proposes a change that no session asks for.
func (s *Server) operate(w write) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.current()
	if r == nil {
		return ConnectionLoss
	}
	return r.operate(w)
}
