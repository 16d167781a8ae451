package zookeeper

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-zookeeper/zk"
)

// Defaults of Config. The first two are Burrow's.
const (
	DefaultRootPath       = "/burrow"
	DefaultSessionTimeout = 6 * time.Second
	DefaultConnectTimeout = 10 * time.Second
)

// Config is what a Coordinator needs to know. Only Servers is required.
type Config struct {
	// Servers are the members of the ensemble, each "host:port". They are tried in random order; a host is resolved
	// anew at every attempt.
	Servers []string
	// RootPath is the node below which the application keeps everything: "/burrow" unless set. It is created if need be.
	// "/" is allowed.
	RootPath string
	// SessionTimeout is what is asked for, in whole milliseconds: 6 s unless set. The server moves it into its own limits,
	// which are 2 and 20 ticks unless set, and Stats.Timeout tells what came of it. It decides how long after a crash
	// another instance takes over.
	SessionTimeout time.Duration
	// ConnectTimeout bounds Start: session and root path must be there by then. It is 10 s unless set; negative means for
	// ever.
	ConnectTimeout time.Duration
	// DrainTimeout is how long Stop waits for Lead's work to return: SessionTimeout unless set.
	DrainTimeout time.Duration
	// ID is what this instance is called in its lock nodes, and so by Leader and Observe: host:pid unless set.
	ID string
	// TLS, if set, is used for every connection. The server is verified by the name in Servers unless it says
	// otherwise.
	TLS *tls.Config
	// Auth are the credentials presented on every connection.
	Auth []Auth
	// ACL is put on every node that the library creates. The default is open to the world, as Burrow's nodes are.
	// It has to let the application itself read, create and delete.
	ACL []zk.ACL
	// Dial makes the connections, TLS apart. The default resolves the name and tries its addresses in random order. It is
	// called by several goroutines at once, and has to return when ctx ends; what it returns has to support deadlines.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Auth is a credential, for instance {"digest", "user:password"}. However it is printed, the credential is not; but fmt
// asks nobody how to print what is in an unexported field, so do not print a struct that has a Config in one.
type Auth struct {
	Scheme     string
	Credential string
}

// String names the scheme alone.
func (a Auth) String() string { return a.Scheme + ":(hidden)" }

// Format names the scheme alone, whatever the verb.
func (a Auth) Format(f fmt.State, verb rune) { io.WriteString(f, a.String()) }

// MarshalText names the scheme alone, so that no encoder spells out the credential either.
func (a Auth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Format prints a Config as fmt would, but for what could help to guess a password: the credentials, and the digests in
// the ACL.
func (c Config) Format(f fmt.State, verb rune) {
	type plain Config // without this method
	c.ACL = slices.Clone(c.ACL)
	for i, acl := range c.ACL {
		if user, _, found := strings.Cut(acl.ID, ":"); found && acl.Scheme == "digest" {
			c.ACL[i].ID = user + ":(hidden)"
		}
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(c))
}

// withDefaults fills in what was left empty.
func (c Config) withDefaults() Config {
	if c.RootPath == "" {
		c.RootPath = DefaultRootPath
	}
	if c.SessionTimeout == 0 {
		c.SessionTimeout = DefaultSessionTimeout
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = DefaultConnectTimeout
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = c.SessionTimeout
	}
	if c.ID == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown"
		}
		c.ID = host + ":" + strconv.Itoa(os.Getpid())
	}
	if len(c.ACL) == 0 {
		c.ACL = zk.WorldACL(zk.PermAll)
	}
	return c
}

// Validate returns every problem at once, joined, each naming the field and its value; nil if there is none. Each is
// ErrConfig to errors.Is. Empty fields that have a default are no problem.
func (c Config) Validate() error {
	var problems []error
	report := func(key string, value any, problem string) {
		problems = append(problems, fmt.Errorf("%w: %s %s: %s", ErrConfig, key, quote(value), problem))
	}
	if len(c.Servers) == 0 {
		report("Servers", "", "at least one host:port is needed")
	}
	for i, server := range c.Servers {
		if problem := serverProblem(server); problem != "" {
			report(fmt.Sprintf("Servers[%d]", i), server, problem)
		}
	}
	if c.RootPath != "" {
		if problem := pathProblem(c.RootPath); problem != "" {
			report("RootPath", c.RootPath, problem)
		}
	}
	switch timeout := c.SessionTimeout; {
	case timeout < 0:
		report("SessionTimeout", timeout, "is negative")
	case timeout > 0 && timeout < minSessionTimeout:
		report("SessionTimeout", timeout, "is below "+minSessionTimeout.String())
	case timeout > maxSessionTimeout:
		report("SessionTimeout", timeout, "is above "+maxSessionTimeout.String())
	}
	if c.DrainTimeout < 0 {
		report("DrainTimeout", c.DrainTimeout, "is negative")
	}
	if len(c.ID) > maxID || !utf8.ValidString(c.ID) {
		report("ID", c.ID, fmt.Sprintf("is not UTF-8 of at most %d bytes", maxID))
	}
	for i, auth := range c.Auth {
		key := fmt.Sprintf("Auth[%d]", i)
		switch {
		case auth.Scheme == "":
			report(key, auth, "the scheme is missing")
		case auth.Credential == "":
			report(key, auth, "the credential is missing")
		case auth.Scheme == "sasl":
			report(key, auth, "SASL is not supported; use digest, or TLS with a client certificate")
		case auth.Scheme == "digest" && !strings.Contains(auth.Credential, ":"):
			report(key, auth, "a digest credential is user:password")
		}
	}
	for i, acl := range c.ACL {
		key := fmt.Sprintf("ACL[%d].", i) // its ID can hold the hash of a password, which is nobody's business
		if acl.Scheme == "" {
			report(key+"Scheme", acl.Scheme, "is missing")
		}
		if acl.Scheme == "auth" && len(c.Auth) == 0 && c.TLS == nil {
			report(key+"Scheme", acl.Scheme, "stands for the application's own identities, and without Auth or TLS it has none")
		}
		if acl.Perms <= 0 || acl.Perms > zk.PermAll {
			report(key+"Perms", acl.Perms, "is not from 1 to 31")
		}
	}
	return errors.Join(problems...)
}

const (
	minSessionTimeout = time.Millisecond    // the protocol counts in these
	maxSessionTimeout = 24 * 24 * time.Hour // and carries them in 31 bits
	maxID             = 1024
)

func quote(value any) string {
	if s, ok := value.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(value)
}

// serverProblem says what is wrong with a "host:port"; "" if nothing is.
func serverProblem(server string) string {
	if server == "" {
		return "is empty"
	}
	if strings.ContainsRune(server, ',') {
		return "has a comma; every server is an entry of its own"
	}
	if strings.ContainsRune(server, '/') {
		return "has a path; a chroot belongs into RootPath"
	}
	if strings.Count(server, ":") > 1 && !strings.HasPrefix(server, "[") {
		return "an IPv6 address needs brackets, as in [::1]:2181"
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		var addr *net.AddrError
		if errors.As(err, &addr) {
			return addr.Err
		}
		return err.Error()
	}
	if strings.HasPrefix(server, "[") {
		address, _, _ := strings.Cut(host, "%")
		if net.ParseIP(address) == nil {
			return "there is no IPv6 address in the brackets"
		}
	} else if problem := hostProblem(host); problem != "" {
		return problem
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || port[0] == '+' {
		return fmt.Sprintf("port %q is not a number from 1 to 65535", port)
	}
	return ""
}

func hostProblem(host string) string {
	if host == "" {
		return "the host is missing"
	}
	host = strings.TrimSuffix(host, ".") // of a fully qualified name
	if len(host) > 253 {
		return "the host is longer than 253 bytes"
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "is not a host name"
		}
		for _, r := range label {
			letter := r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter {
				return fmt.Sprintf("a host name has no %q", r)
			}
		}
	}
	return ""
}

// pathProblem says what is wrong with an absolute path (ZooKeeper's rules: PathUtils.validatePath); "" if nothing is.
func pathProblem(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "does not start with /"
	}
	if path == "/" {
		return ""
	}
	if strings.HasSuffix(path, "/") {
		return "ends with /"
	}
	return namesProblem(path[1:])
}

// namesProblem says what is wrong with node names joined by "/".
func namesProblem(names string) string {
	if !utf8.ValidString(names) {
		return "is not UTF-8"
	}
	for _, name := range strings.Split(names, "/") {
		switch name {
		case "":
			return "has an empty name"
		case ".", "..":
			return fmt.Sprintf("has a %q, which ZooKeeper does not resolve", name)
		}
	}
	for _, r := range names {
		switch {
		case r == 0:
			return "has a NUL"
		case r < 0x20, r >= 0x7f && r <= 0x9f, r >= 0xe000 && r <= 0xf8ff, r >= 0xfff0:
			// From U+10000 on, too: in UTF-16, as ZooKeeper looks at them, they are made of U+D800 to U+DFFF.
			return fmt.Sprintf("has the character %U", r)
		}
	}
	return ""
}
