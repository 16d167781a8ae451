// Package stage is the scenery of the demonstrations: a teller that says what happens, a site that goes down
// and comes back, a webhook that hears of it, and a ledger of who did what, which decides in the end whether
// the notifiers kept their promise.
package stage

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Teller prints what happens, one line each: elapsed time, who, what. It may be used from any goroutine.
type Teller struct {
	mu      sync.Mutex
	out     io.Writer
	began   time.Time
	colours map[string]string // by speaker; nil: none
}

// NewTeller starts the clock. It colours its lines if out is a terminal and NO_COLOR is not set.
func NewTeller(out io.Writer) *Teller {
	t := &Teller{out: out, began: time.Now()}
	if isTerminal(out) && os.Getenv("NO_COLOR") == "" {
		t.colours = map[string]string{"": bold}
	}
	return t
}

const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	indent = "         "
)

// palette is given out to the speakers in the order in which they first speak: cyan, green, yellow, magenta, ...
var palette = []string{"\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[34m", "\x1b[96m", "\x1b[92m", "\x1b[93m"}

// Say prints one line.
func (t *Teller) Say(who, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	begin, end := t.colour(who)
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(t.out, "%6.1fs  %s%-10s%s  %s\n", time.Since(t.began).Seconds(), begin, who, end, text)
}

// Log is where the speaker's log goes, which is told line by line.
func (t *Teller) Log(who string) io.Writer {
	return &Lines{To: func(line string) {
		if text, ok := tellable(line); ok {
			t.Say(who, "%s", text)
		}
	}}
}

// Scene prints a heading.
func (t *Teller) Scene(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	begin, end := t.colour("")
	fmt.Fprintf(t.out, "\n%s%s%s%s\n", indent, begin, fmt.Sprintf(format, args...), end)
}

// Print prints text as it is, set apart from what comes before.
func (t *Teller) Print(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "\n%s\n", strings.TrimRight(text, "\n"))
}

// colour assumes the lock.
func (t *Teller) colour(who string) (begin, end string) {
	if t.colours == nil {
		return "", ""
	}
	if _, known := t.colours[who]; !known {
		t.colours[who] = palette[(len(t.colours)-1)%len(palette)]
	}
	return t.colours[who], reset
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Lines is a writer that hands each full line written to it to the given function. It is for one goroutine.
type Lines struct {
	To   func(line string)
	rest []byte
}

func (l *Lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := strings.Cut(string(l.rest), "\n")
		if !found {
			return len(p), nil
		}
		l.rest = []byte(rest)
		l.To(strings.TrimRight(line, "\r"))
	}
}

// tellable is a log line as a demonstration tells it: without the time, for the teller has its own clock, without the
// level unless it is an error, and without what only a machine would compare. What every instance says as it starts
// and stops is left out.
func tellable(line string) (text string, ok bool) {
	at, rest, found := strings.Cut(line, "  ")
	if _, err := time.Parse("15:04:05.000", at); err != nil || !found {
		return line, true
	}
	level, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimRight(details.ReplaceAllString(strings.TrimLeft(rest, " "), ""), " ")
	switch {
	case level == "ERROR":
		return level + " " + rest, true
	case usual.MatchString(rest):
		return "", false
	}
	return rest, true
}

var (
	details = regexp.MustCompile(`  (session|timeout|failed_attempts_not_shown|last_errors|id|targets)=("[^"]*"|\S+)`)
	usual   = regexp.MustCompile(`^zookeeper: (starting|stopped|connected +from=disconnected)`)
)
