// Package zaplog puts the client library's log lines where they belong.
package zaplog

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Quiet is for how long further failed attempts to connect are only counted after one has been logged.
const Quiet = 30 * time.Second

// Logger is a zk.Logger over a zap.Logger. The library prints everything alike; here its routine is debug, and what
// tells of a failure a warning. Failed attempts to connect come several times a second while no server is there: the
// first is a warning, later ones are debug lines, and one warning every Quiet counts them.
type Logger struct {
	log *zap.Logger

	mu     sync.Mutex
	warned time.Time // when the last failed attempt was a warning
	hidden int       // how many were not since
}

// New returns a Logger that writes to log. It may be shared by several connections.
func New(log *zap.Logger) *Logger {
	return &Logger{log: log.WithOptions(zap.AddCallerSkip(1))}
}

// How the library's lines begin, by what they are.
var (
	routine = []string{
		"connected to ", "authenticated: ", "re-submitting ", "send loop terminated", "recv loop terminated",
		"recv closed, ", "should quit, ",
	}
	attempts = []string{"failed to connect to ", "authentication failed: ", "Failed to set previous watches: "}
)

// Printf is called by the library, from any goroutine.
func (l *Logger) Printf(format string, args ...any) {
	if !l.log.Core().Enabled(zap.WarnLevel) {
		return // nothing here is more than that
	}
	switch text := fmt.Sprintf(format, args...); {
	case beginsWith(text, routine):
		l.log.Debug(text)
	case beginsWith(text, attempts):
		if hidden, due := l.attempt(); due {
			l.log.Warn(text, zap.Int("failed_attempts_not_shown", hidden))
		} else {
			l.log.Debug(text)
		}
	default:
		l.log.Warn(text)
	}
}

// attempt counts a failed attempt. It reports whether a warning is due, and how many there were since the last.
func (l *Logger) attempt() (hidden int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.warned.IsZero() && time.Since(l.warned) < Quiet {
		l.hidden++
		return 0, false
	}
	hidden, l.hidden = l.hidden, 0
	l.warned = time.Now()
	return hidden, true
}

func beginsWith(text string, beginnings []string) bool {
	for _, beginning := range beginnings {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}
