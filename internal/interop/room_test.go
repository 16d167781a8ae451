package interop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// room is a directory that only the holder of the lock may be in. The contenders in other languages, in testdata, keep
// to the same rules; see visit.
type room struct{ dir string }

// dwell is how long a visitor lets the counter get stale, so that another one would show.
const dwell = time.Millisecond

// What verify finds if there were two visitors at once.
var (
	errNotAlone   = errors.New("a visitor found another one's marker")
	errLostUpdate = errors.New("a visitor's update of the counter was lost")
)

func newRoom(dir string) (room, error) {
	r := room{dir}
	if err := os.WriteFile(r.file("ledger"), nil, 0o644); err != nil {
		return r, err
	}
	return r, os.WriteFile(r.file("counter"), fmt.Appendf(nil, "%020d", 0), 0o644)
}

func (r room) file(name string) string { return filepath.Join(r.dir, name) }

// visit is the critical section. Any number of visitors come through it at the same time without an error, as the
// fault is to be counted and the run to go on; verify finds it. The counter is of constant width, and so never seen
// half-written.
func (r room) visit(kind, who string) error {
	presence := "alone"
	marker, err := os.OpenFile(r.file("marker"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case err == nil:
		marker.Close()
	case errors.Is(err, fs.ErrExist):
		presence = "not-alone"
	default:
		return err
	}
	number, err := r.count()
	if err != nil {
		return err
	}
	ledger, err := os.OpenFile(r.file("ledger"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(ledger, "%s %s %d %s\n", kind, who, number, presence)
	err = errors.Join(err, ledger.Close())
	if presence == "alone" {
		err = errors.Join(err, os.Remove(r.file("marker")))
	}
	return err
}

// count adds one to the counter, on purpose not atomically.
func (r room) count() (number int, err error) {
	counter, err := os.OpenFile(r.file("counter"), os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, counter.Close()) }()
	digits := make([]byte, 20)
	if _, err := counter.ReadAt(digits, 0); err != nil {
		return 0, err
	}
	if number, err = strconv.Atoi(string(digits)); err != nil {
		return 0, err
	}
	number++
	time.Sleep(dwell)
	_, err = counter.WriteAt(fmt.Appendf(nil, "%020d", number), 0)
	return number, err
}

// visit is a line of the ledger.
type visit struct {
	kind, who string
	number    int // what the visitor wrote into the counter
	alone     bool
}

// visits reads the ledger, as far as it is written.
func (r room) visits() ([]visit, error) {
	ledger, err := os.ReadFile(r.file("ledger"))
	if err != nil {
		return nil, err
	}
	var visits []visit
	for line := range strings.Lines(string(ledger)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var v visit
		var presence string
		if _, err := fmt.Sscanf(line, "%s %s %d %s", &v.kind, &v.who, &v.number, &presence); err != nil {
			return nil, fmt.Errorf("ledger line %q: %w", line, err)
		}
		v.alone = presence == "alone"
		visits = append(visits, v)
	}
	return visits, nil
}

// verify checks, when all visitors have left, that there were as many visits as the visitors say and never two at a
// time. The error lists everything wrong.
func (r room) verify(said int) error {
	visits, err := r.visits()
	if err != nil {
		return err
	}
	var problems []error
	note := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for i, v := range visits {
		who := fmt.Sprintf("visit %d, by %s %s", i+1, v.kind, v.who)
		if i > 0 {
			who += fmt.Sprintf(" after %s %s", visits[i-1].kind, visits[i-1].who)
		}
		if !v.alone {
			note("%s: %w", who, errNotAlone)
		}
		if i > 0 && v.number != visits[i-1].number+1 {
			note("%s, wrote %d after %d: %w", who, v.number, visits[i-1].number, errLostUpdate)
		}
	}
	digits, err := os.ReadFile(r.file("counter"))
	if err != nil {
		return err
	}
	counter, err := strconv.Atoi(string(digits))
	if err != nil {
		return err
	}
	if counter != len(visits) {
		note("the counter says %d after %d visits: %w", counter, len(visits), errLostUpdate)
	}
	if said != len(visits) {
		note("the visitors say %d visits, the ledger has %d", said, len(visits))
	}
	if _, err := os.Stat(r.file("marker")); !errors.Is(err, fs.ErrNotExist) {
		note("a marker is left behind (%v)", err)
	}
	const most = 10
	if more := len(problems) - most; more > 0 {
		// The last ones stay: they are about the whole.
		problems = append(problems[:most/2:most/2], problems[more+most/2:]...)
		note("and %d problems more", more)
	}
	return errors.Join(problems...)
}
