package instance

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind is what a Record is about.
type Kind string

const (
	Action  Kind = "action"  // the instance did its work, once; Text is how much trust was left, if it goes by trust
	Started Kind = "started" // a term of work began
	Ended   Kind = "ended"   // it was over; Text says why
	Belief  Kind = "belief"  // what the instance now thinks of its session is in Text
	Dialled Kind = "dialled" // it tried to connect to the server in Text
	Guarded Kind = "guarded" // a guarded write was attempted; Text is GuardPassed or why it did not
	Stopped Kind = "stopped" // a clean stop was asked for, or (Text "done") is complete
)

// GuardPassed is the Text of a guarded write that was carried out.
const GuardPassed = "passed"

// Record is one line of what an instance did, or believed.
type Record struct {
	At   time.Duration // CLOCK_MONOTONIC, which all processes of a machine share
	Kind Kind
	Term int64
	Text string
}

func (r Record) String() string {
	return fmt.Sprintf("%d %s %d %s", r.At.Nanoseconds(), r.Kind, r.Term, strings.ReplaceAll(r.Text, "\n", " "))
}

// ParseRecord is the reverse of String.
func ParseRecord(line string) (Record, error) {
	fields := strings.SplitN(line, " ", 4)
	if len(fields) != 4 {
		return Record{}, fmt.Errorf("record %q: want four fields", line)
	}
	at, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return Record{}, fmt.Errorf("record %q: %w", line, err)
	}
	term, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return Record{}, fmt.Errorf("record %q: %w", line, err)
	}
	return Record{At: time.Duration(at), Kind: Kind(fields[1]), Term: term, Text: fields[3]}, nil
}

// journal writes records, each in one write, so that none is torn when the process is killed.
type journal struct {
	mu  sync.Mutex
	out io.Writer
}

// note writes a record of now. A driver that is gone ends this process by other means, so a failed write is no news.
func (j *journal) note(kind Kind, term int64, text string) {
	r := Record{At: Now(), Kind: kind, Term: term, Text: text}
	j.mu.Lock()
	defer j.mu.Unlock()
	io.WriteString(j.out, r.String()+"\n")
}
