// Package instance is one member of the fleet that faults are tried on: a process that works, one action every ten
// milliseconds, whenever it may. It writes what it does, one Record a line, to its standard output, and obeys the
// commands that come in on its standard input.
package instance

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Beat is the time between two actions.
const Beat = 10 * time.Millisecond

// The kinds of instance.
const (
	Library = "library" // this library: Lead, and Valid asked before each action
	Burrow  = "burrow"  // the baseline: Burrow's loop over go-zookeeper's Lock
)

// The commands, each a line.
const (
	Stop  = "stop"  // stop cleanly and exit
	Guard = "guard" // try a guarded write, in the latest term
)

// settings of an instance.
type settings struct {
	kind    string
	id      string
	root    string
	servers []string // in the order in which they are tried
	timeout time.Duration
}

// Args returns the command line of an instance, for Main.
func Args(kind, id, root string, servers []string, timeout time.Duration) []string {
	return []string{"-kind", kind, "-id", id, "-root", root, "-servers", strings.Join(servers, ","), "-timeout", timeout.String()}
}

// Main runs an instance until it is told to stop, and returns the exit status.
func Main(args []string) int {
	var s settings
	flags := flag.NewFlagSet("instance", flag.ExitOnError)
	flags.StringVar(&s.kind, "kind", Library, "what kind of instance to be")
	flags.StringVar(&s.id, "id", "", "name of the instance")
	flags.StringVar(&s.root, "root", "/burrow", "root path")
	flags.DurationVar(&s.timeout, "timeout", 6*time.Second, "session timeout")
	servers := flags.String("servers", "", "servers in the order in which they are tried")
	flags.Parse(args)
	s.servers = strings.Split(*servers, ",")

	member, err := newMember(s, &journal{out: os.Stdout})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go obey(os.Stdin, member, stop) // ends with the process
	if err := member.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// member is what the kinds of instance have in common.
type member interface {
	run(ctx context.Context) error // works until ctx ends, then stops cleanly
	guard()                        // tries a guarded write
}

func newMember(s settings, j *journal) (member, error) {
	switch s.kind {
	case Library:
		return newLibrary(s, j), nil
	case Burrow:
		return newBurrow(s, j), nil
	}
	return nil, fmt.Errorf("kind %q: want %s or %s", s.kind, Library, Burrow)
}

// obey carries out commands. The end of them means that the driver is gone, and this process with it.
func obey(commands io.Reader, m member, stop context.CancelFunc) {
	for lines := bufio.NewScanner(commands); lines.Scan(); {
		switch lines.Text() {
		case Stop:
			stop()
		case Guard:
			go m.guard() // ends with the answer; a guard may block while the connection is lost
		}
	}
	os.Exit(3)
}
