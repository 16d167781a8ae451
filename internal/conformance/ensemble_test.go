//go:build ensemble

// These need a real ensemble and minutes; `make conformance` runs them. A real leader was once seen to leave a setACL
// unanswered for 20 s, until the next request came: such a run differs, and it is not zktest that is at fault.

package conformance

import (
	"strings"
	"testing"

	"burrow.example/zookeeper/internal/realzk"
	"burrow.example/zookeeper/zktest"
)

// TestEnsemble runs the script through a follower and through the leader of three, of both kinds.
func TestEnsemble(t *testing.T) {
	for _, mode := range []string{"follower", "leader"} {
		t.Run(mode, func(t *testing.T) {
			real := realzk.RunEnsemble(t, realFlags...)
			var addrs []string
			for _, s := range real.Servers() {
				addrs = append(addrs, s.Addr())
			}
			ours := zktest.RunT(t, zktest.Members(3), zktest.Super("super:test"))
			want, err := Replay(member(t, addrs, mode), true)
			if err != nil {
				t.Fatalf("replay against the real ensemble: %v", err)
			}
			compareReplies(t, want, replayOurs(t, member(t, ours.Addrs(), mode), true))
		})
	}
}

// member returns the first address at which a server of the given mode answers.
func member(t *testing.T, addrs []string, mode string) string {
	t.Helper()
	for _, addr := range addrs {
		answer, err := askWord(addr, "srvr")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer, "Mode: "+mode) {
			return addr
		}
	}
	t.Fatalf("no %s among %v", mode, addrs)
	return ""
}
