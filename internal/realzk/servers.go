package realzk

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// running is a server that somebody else runs, from ZOOKEEPER_SERVERS.
type running struct{ addr string }

// findServers takes the first server in ZOOKEEPER_SERVERS that serves.
func findServers(bool) (way, error) {
	list := os.Getenv("ZOOKEEPER_SERVERS")
	if list == "" {
		return nil, absent("ZOOKEEPER_SERVERS is not set")
	}
	var errs []error
	for addr := range strings.SplitSeq(list, ",") {
		addr = strings.TrimSpace(addr)
		stat, err := fourLetter(addr, "srvr", 5*time.Second)
		if _, ok := parseVersion(stat); ok {
			return &running{addr: addr}, nil
		}
		if err == nil {
			err = fmt.Errorf("srvr says %q", strings.TrimSpace(stat))
		}
		errs = append(errs, fmt.Errorf("%s: %w", addr, err))
	}
	return nil, fmt.Errorf("ZOOKEEPER_SERVERS=%s: none serves: %w", list, errors.Join(errs...))
}

func (r *running) how() string { return "ZOOKEEPER_SERVERS: " + r.addr }

// newHost puts a proxy in front, whose faults stand for the server's.
func (r *running) newHost(settings) (string, host, error) {
	p, err := newProxy(r.addr)
	if err != nil {
		return "", nil, err
	}
	return p.Addr(), &proxied{p}, nil
}

// direct is the server itself, for Shared.
func (r *running) direct() (*Server, error) {
	s := &Server{addr: r.addr, how: r.how(), host: theirs{}, up: true}
	return s, s.awaitServing(startLimit)
}

// proxied is a server seen through a proxy: stopped is refusing, frozen is mute.
type proxied struct{ proxy *Proxy }

func (h *proxied) start() error   { h.proxy.Heal(); return nil }
func (h *proxied) exited() bool   { return false }
func (h *proxied) stop() error    { h.proxy.Refuse(); h.proxy.Reset(); return nil }
func (h *proxied) kill() error    { return h.stop() }
func (h *proxied) freeze() error  { h.proxy.Mute(); return nil }
func (h *proxied) thaw() error    { h.proxy.Heal(); return nil }
func (h *proxied) output() string { return "(kept by the server at " + h.proxy.backend + ")" }
func (h *proxied) close() error   { h.proxy.Close(); return nil }

// theirs is a server that nobody here may touch.
type theirs struct{}

var errTheirs = errors.New("the server in ZOOKEEPER_SERVERS is used as it is")

func (theirs) start() error   { return errTheirs }
func (theirs) exited() bool   { return false }
func (theirs) stop() error    { return errTheirs }
func (theirs) kill() error    { return errTheirs }
func (theirs) freeze() error  { return errTheirs }
func (theirs) thaw() error    { return errTheirs }
func (theirs) output() string { return "" }
func (theirs) close() error   { return nil }
