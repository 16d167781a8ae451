package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper/bench/internal/count"
	"burrow.example/zookeeper/bench/internal/player"
)

// patience is how long a player may take for anything it is told.
const patience = 2 * time.Minute

// team is the players of one kind that contend for one lock: the candidates are spread evenly over its processes.
type team struct {
	kind
	settings  player.Settings
	programs  *programs
	observer  *zk.Conn
	proxy     *count.Proxy // nil if the players connect to the server directly
	processes []*process
	lines     chan line
	unread    []line // by whoever awaited another
	holder    seat
}

// seat is one candidate.
type seat struct {
	process *process
	number  int
}

// team opens sessions in as many processes. With counted, their requests pass a proxy.
func (b *bench) team(k kind, lock string, processes, sessions int, counted bool) (*team, error) {
	t := &team{kind: k, programs: b.programs, observer: b.observer, lines: make(chan line, 64)}
	t.settings = player.Settings{Kind: k.name, Server: b.addr, Path: "/bench/" + lock + "-" + k.name, Timeout: b.timeout}
	if counted {
		proxy, err := count.NewProxy(b.addr)
		if err != nil {
			return nil, err
		}
		t.proxy, t.settings.Server = proxy, proxy.Addr()
	}
	if err := ensure(b.observer, t.settings.Path); err != nil {
		return nil, t.failed(err)
	}
	for range processes {
		if _, err := t.add(sessions); err != nil {
			return nil, t.failed(err)
		}
	}
	return t, nil
}

// failed closes a team and says whose error it was.
func (t *team) failed(err error) error {
	t.close()
	return fmt.Errorf("%s: %w", t.label, err)
}

// add starts one more process with a number of sessions.
func (t *team) add(sessions int) (*process, error) {
	p, err := start(t.programs, t.settings, t.lines)
	if err != nil {
		return nil, err
	}
	t.processes = append(t.processes, p)
	if err := p.tell("open %d", sessions); err != nil {
		return nil, err
	}
	_, err = t.await(p, "opened")
	return p, err
}

// await returns the next line of a kind, of one process or, if that is nil, of any.
func (t *team) await(from *process, verb string) (line, error) {
	wanted := func(l line) bool { return l.verb == verb && (from == nil || l.process == from) }
	if i := slices.IndexFunc(t.unread, wanted); i >= 0 {
		l := t.unread[i]
		t.unread = slices.Delete(t.unread, i, i+1)
		return l, nil
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case l := <-t.lines:
			switch {
			case wanted(l):
				return l, nil
			case l.verb == "" && !slices.Contains(t.processes, l.process): // it was killed
			case l.verb == "":
				return line{}, fmt.Errorf("a player ended while %q was awaited: %v\n%s", verb, l.process.cmd.ProcessState, l.process.log.String())
			}
			t.unread = append(t.unread, l)
		case <-limit.C:
			return line{}, fmt.Errorf("no %q after %v", verb, patience)
		}
	}
}

// close ends all processes.
func (t *team) close() {
	go func() { // ends when the processes have, and nobody writes any more
		for range t.lines {
		}
	}()
	for _, p := range t.processes {
		p.input.Close()
	}
	for _, p := range t.processes {
		p.close()
	}
	close(t.lines)
	if t.proxy != nil {
		t.proxy.Close()
	}
}

// join sends a candidate into the queue, and returns once its node is there: the queue is then of the given length.
func (t *team) join(s seat, length int) error {
	if err := s.process.tell("join %d", s.number); err != nil {
		return err
	}
	return t.queued(length)
}

func (t *team) queued(length int) error {
	for deadline := time.Now().Add(patience); ; {
		children, _, changed, err := t.observer.ChildrenW(t.settings.Path)
		if err != nil {
			return err
		}
		if len(children) == length {
			return nil
		}
		select {
		case <-changed:
		case <-time.After(time.Until(deadline)):
			return fmt.Errorf("%d in the queue after %v, want %d", len(children), patience, length)
		}
	}
}

// works waits until somebody holds the lock.
func (t *team) works() (since time.Duration, err error) {
	l, err := t.await(nil, "work")
	if err != nil {
		return 0, err
	}
	t.holder = seat{l.process, int(l.numbers[0])}
	return l.at(1), nil
}

// handOver has the holder leave, and returns how long it took from there to another's work.
func (t *team) handOver() (left seat, took time.Duration, err error) {
	left = t.holder
	if err := left.process.tell("leave %d", left.number); err != nil {
		return left, 0, err
	}
	working, err := t.works()
	if err != nil {
		return left, 0, err
	}
	l, err := t.await(left.process, "left")
	if err != nil {
		return left, 0, err
	}
	if t.holder == left {
		return left, 0, errors.New("the lock was handed over to who left it")
	}
	return left, working - l.at(1), nil
}

// ensure creates a node and its ancestors.
func ensure(conn *zk.Conn, node string) error {
	for i := 1; i <= len(node); i++ {
		if i < len(node) && node[i] != '/' {
			continue
		}
		if _, err := conn.Create(node[:i], nil, 0, zk.WorldACL(zk.PermAll)); err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return fmt.Errorf("create %s: %w", node[:i], err)
		}
	}
	return nil
}
