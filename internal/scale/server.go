package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// dialFunc is Config.Dial.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// server is a ZooKeeper server, and how it is reached.
type server struct {
	addr string
	dial dialFunc
}

// reading is what a server says of itself.
type reading struct {
	Watches, Znodes, Ephemerals, Connections, Received int // mntr
	WatchedPaths                                       int // wchs
	Heap                                               int // envi: MB in use, garbage included; 0 where there is no JVM
}

func (s server) read(ctx context.Context) (reading, error) {
	var r reading
	mntr, err := s.fourLetter(ctx, "mntr")
	if err != nil {
		return r, err
	}
	for key, value := range map[string]*int{
		"zk_watch_count": &r.Watches, "zk_znode_count": &r.Znodes, "zk_ephemerals_count": &r.Ephemerals,
		"zk_num_alive_connections": &r.Connections, "zk_packets_received": &r.Received,
	} {
		if *value, err = field(mntr, key+`\t([0-9]+)`); err != nil {
			return r, fmt.Errorf("mntr: %w", err)
		}
	}
	wchs, err := s.fourLetter(ctx, "wchs")
	if err != nil {
		return r, err
	}
	if r.WatchedPaths, err = field(wchs, `watching ([0-9]+) paths`); err != nil {
		return r, fmt.Errorf("wchs: %w", err)
	}
	envi, err := s.fourLetter(ctx, "envi")
	if err != nil {
		return r, err
	}
	if total, err := field(envi, `os\.memory\.total=([0-9]+)MB`); err == nil {
		free, err := field(envi, `os\.memory\.free=([0-9]+)MB`)
		if err != nil {
			return r, fmt.Errorf("envi: %w", err)
		}
		r.Heap = total - free
	}
	return r, nil
}

// commands is how many four-letter commands a reading takes.
const commands = 3

// fourLetter asks one of ZooKeeper's four-letter commands.
func (s server) fourLetter(ctx context.Context, word string) (string, error) {
	conn, err := s.dial(ctx, "tcp", s.addr)
	if err != nil {
		return "", fmt.Errorf("%s: %w", word, err)
	}
	defer conn.Close()
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	defer unhook()
	if _, err := io.WriteString(conn, word); err != nil {
		return "", fmt.Errorf("%s: %w", word, err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return "", fmt.Errorf("%s: %w", word, err)
	}
	return string(answer), nil
}

func field(text, pattern string) (int, error) {
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("no %s in %q", pattern, strings.TrimSpace(text))
	}
	return strconv.Atoi(match[1])
}
