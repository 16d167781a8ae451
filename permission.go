package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"

	"burrow.example/zookeeper/internal/dial"
)

// identity says as whom requests are made, for errors and the log: schemes, user names, no secrets.
func (c *Config) identity() string { return dial.Identity(c.auths(), c.TLS) }

func (c *Config) auths() []dial.Auth {
	auths := make([]dial.Auth, len(c.Auth))
	for i, auth := range c.Auth {
		auths[i] = dial.Auth{Scheme: auth.Scheme, Credential: []byte(auth.Credential)}
	}
	return auths
}

// refused explains why ZooKeeper refuses to create a node: what was to be done, and as whom. Other errors stay as they
// are.
func (s *session) refused(err error, node string) error {
	config := s.zc.config
	switch {
	case errors.Is(err, zk.ErrNoAuth):
		hint := ""
		if slices.ContainsFunc(config.Auth, func(a Auth) bool { return a.Scheme == "digest" }) {
			hint = " (a wrong password shows like this, too)"
		}
		return fmt.Errorf("no permission to create nodes in %q %s%s: %w", path.Dir(node), config.identity(), hint, err)
	case errors.Is(err, zk.ErrInvalidACL):
		schemes := make([]string, len(config.ACL))
		for i, entry := range config.ACL {
			schemes[i] = entry.Scheme
		}
		return fmt.Errorf("the server does not accept Config.ACL [%s] %s: %w",
			strings.Join(schemes, " "), config.identity(), err)
	}
	return err
}

// admitted makes sure that something can be done with an existing node. ZooKeeper takes any digest: that a password is
// wrong shows in the permissions alone. A node that may be read and not added to is a warning, for those who only watch,
// and for those whose nodes below it are there.
func (s *session) admitted(ctx context.Context, node string) error {
	refusal, err := s.mayCreate(ctx, node)
	if err != nil || refusal == nil {
		return err
	}
	if errors.Is(refusal, zk.ErrNoAuth) {
		switch _, err := s.children(ctx, node); {
		case err == nil:
			s.zc.log.Warn("no permission to create nodes in the root path",
				zap.String("root", node), zap.String("identity", s.zc.config.identity()))
			return nil
		case !errors.Is(err, zk.ErrNoAuth):
			return err
		}
	}
	return s.refused(refusal, path.Join(node, "any"))
}

// mayCreate asks for a node to be created together with something that cannot be: so there is an answer, and no node.
// ZooKeeper looks at the permission first (PrepRequestProcessor.pRequest2Txn).
func (s *session) mayCreate(ctx context.Context, dir string) (refusal, err error) {
	trial := path.Join(dir, "permission-"+newGUID())
	return insist(ctx, s, func(conn *zk.Conn) (refusal, err error) {
		answers, err := conn.Multi(
			&zk.CreateRequest{Path: trial, Acl: s.zc.config.ACL, Flags: zk.FlagEphemeral},
			&zk.CheckVersionRequest{Path: trial + "-absent", Version: math.MaxInt32})
		if len(answers) > 0 {
			err = answers[0].Error
		}
		switch {
		case errors.Is(err, zk.ErrNoAuth), errors.Is(err, zk.ErrInvalidACL):
			return err, nil
		case broken(err), errors.Is(err, zk.ErrSessionExpired):
			return nil, err
		}
		return nil, nil
	})
}
