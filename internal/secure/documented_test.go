package secure

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"burrow.example/zookeeper/internal/realzk"
)

// page says what each mistake looks like.
const page = "../../docs/security.md"

// documented fails where an error reads otherwise than the page says.
func documented(t *testing.T, seen table, srv *realzk.Server, root string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		lines[strings.TrimSpace(line)] = true
	}
	names := strings.NewReplacer(
		connectTimeout.String(), "10s", srv.SecureAddr(), "zk1.example:2281", srv.Addr(), "zk1.example:2181",
		"zk2.example:"+port(srv.SecureAddr()), "zk2.example:2281", root, "/burrow")
	for _, r := range seen {
		r.text = names.Replace(r.text)
		r.text = regexp.MustCompile(`/secure-[0-9]+`).ReplaceAllString(r.text, "/burrow")
		r.text = regexp.MustCompile(`: current time .* is after .*`).ReplaceAllString(r.text, "")
		if !lines[r.text] {
			t.Errorf("%s does not have, for %q:\n%s", page, r.name, r.text)
		}
	}
}
