package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
	"burrow.example/zookeeper/internal/realzk"
)

// fleet is a handful of instances of one kind that contend for one lock. The first of them is the holder when the
// fault strikes.
type fleet struct {
	kind    string
	root    string
	members []*member
	logs    string // directory; empty: what they log is discarded
	files   []*os.File
	node    string // the holder's, when the fault struck
}

// newFleet makes a fleet whose first member tries the given server first, the second the next one, and so on.
func newFleet(kind, root, logs string, ensemble *realzk.Ensemble, target int) (*fleet, error) {
	f := &fleet{kind: kind, root: root, logs: logs}
	for i := range fleetSize {
		m, err := newMember(kind, string(rune('a'+i)), ensemble, target+i)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		f.members = append(f.members, m)
	}
	return f, nil
}

func (f *fleet) dir() string { return path.Join(f.root, instance.Name) }

func (f *fleet) holder() *member { return f.members[0] }

// start starts some of the members.
func (f *fleet) start(members ...*member) error {
	for _, m := range members {
		log, err := f.log(m, "log")
		if err != nil {
			return err
		}
		if err := m.start(f.root, sessionTimeout, log); err != nil {
			return fmt.Errorf("start %s %s: %w", f.kind, m.id, err)
		}
	}
	return nil
}

func (f *fleet) log(m *member, suffix string) (*os.File, error) {
	name := os.DevNull
	if f.logs != "" {
		name = filepath.Join(f.logs, fmt.Sprintf("%s-%s.%s", f.kind, m.id, suffix))
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	f.files = append(f.files, file)
	return file, nil
}

func (f *fleet) deeds() []deeds {
	var all []deeds
	for _, m := range f.members {
		all = append(all, m.deeds())
	}
	return all
}

// settled reports whether one member has been acting alone for some time.
func (f *fleet) settled(atLeast time.Duration) bool {
	now := instance.Now()
	since, ok := settledAt(turns(f.deeds()), now)
	return ok && now-since >= atLeast
}

// crashed names the members that died of themselves.
func (f *fleet) crashed() []string {
	var ids []string
	for _, m := range f.members {
		if m.crashed() {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// close ends all members, and leaves what they did beside what they logged.
func (f *fleet) close() error {
	var all error
	for _, m := range f.members {
		all = errors.Join(all, m.close())
		if f.logs == "" {
			continue
		}
		file, err := f.log(m, "records")
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		for _, r := range m.deeds().records {
			fmt.Fprintln(file, r)
		}
	}
	for _, file := range f.files {
		file.Close()
	}
	return all
}
