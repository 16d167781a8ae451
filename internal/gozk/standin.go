//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// hostFile, beside the servers' data, holds the address of the process that runs their ensemble.
const hostFile = "zktest.host"

// standIn is one server's process. It lives until it is killed or the ensemble is gone; the member that it stands
// for lives as long.
func standIn(args []string) error {
	if len(args) == 2 && args[0] == "host" {
		return host(args[1])
	}
	if len(args) != 2 || args[0] != "start-foreground" {
		return errors.New("usage: zkServer.sh start-foreground zoo.cfg")
	}
	c, err := readConfig(args[1], os.Getenv("SERVER_JVMFLAGS"))
	if err != nil {
		return err
	}
	dir := filepath.Dir(c.DataDir)
	conn, err := findHost(dir)
	if err != nil {
		return err
	}
	defer conn.Close()
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer ln.Close()
	var a answer
	if err := errors.Join(json.NewEncoder(conn).Encode(c), json.NewDecoder(conn).Decode(&a)); err != nil {
		return err
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	fmt.Printf("zktest: member %d of %d at %s\n", c.Number, c.Members, c.Addr)
	go relayAll(ln, a.Addr) // ends with the process
	_, err = io.Copy(io.Discard, conn)
	return err
}

// relayAll passes clients on to the member.
func relayAll(ln net.Listener, member string) {
	for {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		go relay(client, member)
	}
}

// relay ends when either side does.
func relay(client net.Conn, member string) {
	defer client.Close()
	server, err := net.Dial("tcp", member)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{server, client}, {client, server}} {
		go func() {
			io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

// findHost connects to the process that runs the ensemble of dir, and starts it if there is none.
func findHost(dir string) (net.Conn, error) {
	file := filepath.Join(dir, hostFile)
	var started bool
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		addr, err := os.ReadFile(file)
		if err == nil {
			conn, err := net.Dial("tcp", string(addr))
			if err == nil {
				return conn, nil
			}
			os.Remove(file) // it has died
		}
		if !started {
			started = true
			if err := startHost(dir); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("%s: no host within 10s", dir)
}

// startHost starts the host in a session of its own, so that it outlives whoever started it. It holds on to none of
// our files, for which whoever started us may wait.
func startHost(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: self, Args: []string{standInName, "host", dir}, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}
