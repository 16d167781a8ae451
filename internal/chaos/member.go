package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"burrow.example/zookeeper/internal/chaos/instance"
	"burrow.example/zookeeper/internal/realzk"
)

// member is one instance: a process of its own, with a proxy of its own to every server.
type member struct {
	id      string
	kind    string
	links   *realzk.ClientLinks
	order   []int // in which it tries the servers
	cmd     *exec.Cmd
	control io.WriteCloser
	ended   chan struct{} // closed when the process is gone and all that it wrote has been read

	mu      sync.Mutex
	records []instance.Record
	bad     error // the first line that is not a record
}

// newMember makes a member that is not started. It tries the servers from first on.
func newMember(kind, id string, ensemble *realzk.Ensemble, first int) (*member, error) {
	links, err := ensemble.NewClientLinks()
	if err != nil {
		return nil, err
	}
	m := &member{id: id, kind: kind, links: links}
	servers := len(ensemble.Servers())
	for i := range servers {
		m.order = append(m.order, (first+i)%servers)
	}
	return m, nil
}

// start starts the process. What it logs goes to log.
func (m *member) start(root string, timeout time.Duration, log io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var servers []string
	for _, i := range m.order {
		servers = append(servers, m.links.Proxy(i).Addr())
	}
	args := append([]string{instanceCommand}, instance.Args(m.kind, m.id, root, servers, timeout)...)
	m.cmd = exec.Command(self, args...)
	m.cmd.SysProcAttr = childAttr()
	m.cmd.Stderr = log
	if m.control, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	m.ended = make(chan struct{})
	go m.read(out) // ends with the process; close waits for it
	return nil
}

func (m *member) read(out io.Reader) {
	defer close(m.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		r, err := instance.ParseRecord(lines.Text())
		m.mu.Lock()
		if err == nil {
			m.records = append(m.records, r)
		} else if m.bad == nil {
			m.bad = err
		}
		m.mu.Unlock()
	}
	m.cmd.Wait()
}

// deeds returns what the member has done so far.
func (m *member) deeds() deeds {
	m.mu.Lock()
	defer m.mu.Unlock()
	return deeds{id: m.id, records: slices.Clone(m.records)}
}

// find returns the first record of a kind at or after a time.
func (m *member) find(kind instance.Kind, since time.Duration) (instance.Record, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if r.Kind == kind && r.At >= since {
			return r, true
		}
	}
	return instance.Record{}, false
}

// tell gives the instance a command.
func (m *member) tell(command string) error {
	_, err := io.WriteString(m.control, command+"\n")
	return err
}

func (m *member) freeze() error { return m.cmd.Process.Signal(syscall.SIGSTOP) }
func (m *member) thaw() error   { return m.cmd.Process.Signal(syscall.SIGCONT) }

// crashed reports whether the process ended by itself, in failure.
func (m *member) crashed() bool {
	select {
	case <-m.ended:
		return m.cmd.ProcessState != nil && !m.cmd.ProcessState.Success()
	default:
		return false
	}
}

// way is the member's way to the server that it tries as number i, counted from 0.
func (m *member) way(i int) *realzk.Proxy { return m.links.Proxy(m.order[i]) }

// close kills the process and waits for it, and returns what was wrong with its output.
func (m *member) close() error {
	if m.ended != nil {
		if err := m.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("kill %s: %w", m.id, err)
		}
		<-m.ended
		m.control.Close()
	}
	m.links.Close()
	return m.bad
}
