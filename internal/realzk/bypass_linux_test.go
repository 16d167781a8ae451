package realzk

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onlyProxiesReach fails if any process but this one, where the proxies are, has a connection to a quorum or
// election port of the ensemble.
func onlyProxiesReach(t *testing.T, e *Ensemble) {
	t.Helper()
	real := map[uint16]string{}
	for i := range members {
		real[uint16(e.links.quorum[i].number)] = fmt.Sprintf("quorum port of %d", i)
		real[uint16(e.links.election[i].number)] = fmt.Sprintf("election port of %d", i)
	}
	ours := socketsOfThisProcess(t)
	through := 0
	for _, c := range connections(t) {
		if port, ok := real[c.remotePort]; ok {
			if !ours[c.inode] {
				t.Errorf("a connection to the %s gets around the proxies: local port %d, inode %s", port, c.localPort, c.inode)
			}
			through++
		}
	}
	// Two servers at least have a quorum connection and one for elections.
	if through < 2 {
		t.Errorf("%d connections between the servers: the test looks in the wrong place", through)
	}
}

type connection struct {
	localPort, remotePort uint16
	inode                 string
}

func connections(t *testing.T) (all []connection) {
	t.Helper()
	const established = "01"
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		ok(t, err)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != established || f[9] == "0" {
				continue
			}
			all = append(all, connection{portOf(f[1]), portOf(f[2]), f[9]})
		}
	}
	return all
}

// portOf reads the port of "0100007F:1F90".
func portOf(address string) uint16 {
	_, port, _ := strings.Cut(address, ":")
	b, err := hex.DecodeString(port)
	if err != nil || len(b) != 2 {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func socketsOfThisProcess(t *testing.T) map[string]bool {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	ok(t, err)
	sockets := map[string]bool{}
	for _, fd := range fds {
		target, _ := os.Readlink(fd) // one that has been closed meanwhile is no socket of ours
		if inode, found := strings.CutPrefix(target, "socket:["); found {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return sockets
}
