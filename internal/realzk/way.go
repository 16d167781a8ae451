package realzk

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrUnavailable says that this machine has no ZooKeeper and what would give it one.
var ErrUnavailable = errors.New("no ZooKeeper to test with")

// way is one way of having servers.
type way interface {
	how() string
	newHost(s settings) (addr string, h host, err error)
}

// finder looks for one way, and fetches what it needs if it may. The error says what is missing.
type finder struct {
	name string
	find func(fetch bool) (way, error)
}

// finders, in the order in which they are asked.
var finders = []finder{
	{"servers", findServers},
	{"docker", findDocker},
	{"installed", findInstalled},
}

// findWay returns the first way that is there, or the one that via or ZOOKEEPER_VIA names. Servers that were
// already running can be had only if the caller can live with servers that are not its own processes.
func findWay(via string, running bool) (way, error) {
	if via == "" {
		via = os.Getenv("ZOOKEEPER_VIA")
	}
	if via == "servers" && !running {
		via = ""
	}
	var missing []string
	known := false
	for _, f := range finders {
		if via != "" && via != f.name {
			continue
		}
		known = true
		if f.name == "servers" && !running {
			continue
		}
		w, err := f.find(mayFetch())
		if err == nil {
			return w, nil
		}
		if !errors.Is(err, errAbsent) {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		missing = append(missing, fmt.Sprintf("%s: %v", f.name, err))
	}
	if !known {
		return nil, fmt.Errorf("ZOOKEEPER_VIA=%q: want servers, docker or installed", via)
	}
	return nil, fmt.Errorf("%w\n  %s\nrun scripts/setup.sh, or start Docker, or install Debian's libzookeeper-java and "+
		"default-jre-headless, or set ZOOKEEPER_HOME to an unpacked release, or ZOOKEEPER_SERVERS to a running server",
		ErrUnavailable, strings.Join(missing, "\n  "))
}

// errAbsent marks a way that is not there, as against one that is and does not work.
var errAbsent = errors.New("not there")

// absent is an error that says so by what is missing.
func absent(format string, args ...any) error { return absence{fmt.Errorf(format, args...)} }

type absence struct{ error }

func (a absence) Is(target error) bool { return target == errAbsent }
func (a absence) Unwrap() error        { return a.error }

// mayFetch says whether a missing image may be pulled or built.
func mayFetch() bool {
	via := os.Getenv("ZOOKEEPER_VIA")
	return via == "docker" || via == "" && required()
}

// required is set where tests must not skip: make test sets it.
func required() bool { return os.Getenv("ZOOKEEPER_REQUIRED") == "1" }
