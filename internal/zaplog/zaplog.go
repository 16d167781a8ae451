// Package zaplog puts the client library's log lines where they belong.
package zaplog

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"

	"burrow.example/zookeeper/internal/dial"
)

// For how long further failed attempts to connect are only counted after one has been a warning: FirstQuiet after the
// first, twice as long after each, up to MaxQuiet, and FirstQuiet again once a session was attached.
const (
	FirstQuiet = 30 * time.Second
	MaxQuiet   = 10 * time.Minute
)

// The messages. What the library says is the field "text". A warning of an attempt has "failed_attempts_not_shown" as
// well, how many were no warning since the last that was, and "last_errors", how the last one went with every server.
const (
	Attempt = "cannot connect"
	Library = "client library"
)

// Logger is a zk.Logger over a zap.Logger. The library prints everything alike; here its routine is debug, and what
// tells of a failure a warning. Failed attempts to connect come several times a second while no server is there: the
// first is a warning, later ones are debug lines, and a warning now and then counts them.
type Logger struct {
	log    *zap.Logger
	errors func() string

	mu     sync.Mutex
	warned time.Time     // when the last failed attempt was a warning
	hidden int           // how many were not since
	quiet  time.Duration // 0: none was since a session was attached
}

// New returns a Logger that writes to log, and asks errors how the last attempt went with every server. It may be shared
// by several connections.
func New(log *zap.Logger, errors func() string) *Logger {
	return &Logger{errors: errors, log: log.WithOptions(zap.AddCallerSkip(1))}
}

// How the library's lines begin, by what they are.
const attached = "authenticated: "

var (
	routine = []string{
		attached, "connected to ", "re-submitting ", "send loop terminated", "recv loop terminated", "recv closed, ",
		"should quit, ",
	}
	// How attempts end whose session is over: of that the state tells.
	over = []string{zk.ErrSessionExpired.Error(), dial.ErrClosed.Error()}

	attempts = []string{"failed to connect to ", "authentication failed: ", "Failed to set previous watches: "}
)

// Printf is called by the library, from any goroutine.
func (l *Logger) Printf(format string, args ...any) {
	if !l.log.Core().Enabled(zap.WarnLevel) {
		return // nothing here is more than that
	}
	line := fmt.Sprintf(format, args...)
	text := zap.String("text", line)
	switch {
	case beginsWith(line, routine) || endsWith(line, over):
		l.log.Debug(Library, text)
		if strings.HasPrefix(line, attached) {
			l.attached()
		}
	case beginsWith(line, attempts):
		if hidden, due := l.attempt(); due {
			l.log.Warn(Attempt, text, zap.Int("failed_attempts_not_shown", hidden), zap.String("last_errors", l.errors()))
		} else {
			l.log.Debug(Attempt, text)
		}
	default:
		l.log.Warn(Library, text)
	}
}

// attempt counts a failed attempt. It reports whether a warning is due, and how many there were since the last.
func (l *Logger) attempt() (hidden int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.warned.IsZero() && time.Since(l.warned) < max(l.quiet, FirstQuiet) {
		l.hidden++
		return 0, false
	}
	l.quiet = min(max(2*l.quiet, FirstQuiet), MaxQuiet)
	hidden, l.hidden = l.hidden, 0
	l.warned = time.Now()
	return hidden, true
}

func (l *Logger) attached() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = 0
}

func beginsWith(text string, beginnings []string) bool {
	for _, beginning := range beginnings {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

func endsWith(text string, endings []string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(text, ending) {
			return true
		}
	}
	return false
}
