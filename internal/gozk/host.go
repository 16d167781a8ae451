//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"burrow.example/zookeeper/zktest"
)

// linger is how long an ensemble outlives its last member: the suite stops all servers and starts them again.
const linger = 20 * time.Second

// ensemble is the zktest server that the processes of one directory share.
type ensemble struct {
	dir string

	mu      sync.Mutex
	running map[int]net.Conn
	server  *zktest.Server
	idle    time.Time // since when no member runs
}

// answer is what a member's process is told: where its member listens.
type answer struct {
	Addr, Error string
}

// host runs an ensemble until its directory is gone or nobody has wanted it for a while.
func host(dir string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	if err := announce(dir, ln.Addr().String()); err != nil {
		return err
	}
	e := &ensemble{dir: dir, running: map[int]net.Conn{}, idle: time.Now()}
	go e.accept(ln) // ends with the process
	for !e.over() {
		time.Sleep(200 * time.Millisecond)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		e.server.Close()
	}
	return nil
}

// announce writes the host's address where members look for it. Only the first of several hosts succeeds.
func announce(dir, addr string) error {
	draft := filepath.Join(dir, fmt.Sprintf("%s.%d", hostFile, os.Getpid()))
	defer os.Remove(draft)
	if err := os.WriteFile(draft, []byte(addr), 0o600); err != nil {
		return err
	}
	return os.Link(draft, filepath.Join(dir, hostFile))
}

func (e *ensemble) over() bool {
	if _, err := os.Stat(e.dir); errors.Is(err, os.ErrNotExist) {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.running) == 0 && time.Since(e.idle) > linger
}

func (e *ensemble) accept(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go e.member(conn) // ends when the member's process does
	}
}

// member runs one member for as long as the connection from its process stands.
func (e *ensemble) member(conn net.Conn) {
	defer conn.Close()
	var c config
	if json.NewDecoder(conn).Decode(&c) != nil {
		return
	}
	var a answer
	var err error
	if a.Addr, err = e.start(c, conn); err != nil {
		a.Error = err.Error()
	}
	if json.NewEncoder(conn).Encode(a) == nil {
		io.Copy(io.Discard, conn)
	}
	e.stop(c.Number, conn)
}

// start starts a member, and with the first one the ensemble, and returns the member's address.
func (e *ensemble) start(c config, conn net.Conn) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		s, err := zktest.Start(zktest.Members(c.Members), zktest.Tick(c.Tick), zktest.SyncLimit(c.SyncLimit),
			zktest.SuperDigest(c.Super))
		if err != nil {
			return "", err
		}
		for _, m := range s.Members() {
			m.Stop()
		}
		e.server = s
	}
	e.running[c.Number] = conn
	m := e.server.Member(c.Number)
	m.Stop() // in case its last process has only just gone
	return m.Addr(), m.Restart()
}

func (e *ensemble) stop(number int, conn net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running[number] != conn {
		return // its next process has come already
	}
	delete(e.running, number)
	e.idle = time.Now()
	if e.server != nil {
		e.server.Member(number).Stop()
	}
}
