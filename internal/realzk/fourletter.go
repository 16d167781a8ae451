package realzk

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// FourLetter sends one of ZooKeeper's four-letter commands, such as "mntr", and returns the answer.
func (s *Server) FourLetter(cmd string) (string, error) {
	return fourLetter(s.addr, cmd, 5*time.Second)
}

// fourLetter bounds dial and answer together: a server that is just starting accepts a connection and may
// never answer on it.
func fourLetter(addr, cmd string, limit time.Duration) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, limit)
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	if _, err := io.WriteString(conn, cmd); err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	return string(answer), nil
}

// parseVersion finds the version in srvr's answer: "Zookeeper version: 3.8.0-${mvngit.commit.id}, built on ...".
// A server that does not serve gives none.
func parseVersion(srvr string) (string, bool) {
	v, ok := srvrField(srvr, "Zookeeper version")
	v, _, _ = strings.Cut(v, "-")
	v, _, _ = strings.Cut(v, ",")
	return v, ok && v != ""
}

// srvrField finds "name: value" in srvr's answer.
func srvrField(srvr, name string) (string, bool) {
	for line := range strings.Lines(srvr) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}
