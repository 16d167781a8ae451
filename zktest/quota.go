package zktest

import (
	"fmt"
	"strconv"
	"strings"
)

// Quotas are soft: the server keeps count below every path that has a limit, and clients compare.
const (
	limitNode = "zookeeper_limits"
	statsNode = "zookeeper_stats"
)

// noteQuota looks at a new node below /zookeeper/quota: a limit makes its path counted, a stats node gets the
// counts as they are.
func (t *tree) noteQuota(parent, name string) {
	if !strings.HasPrefix(parent, quotaPath) {
		return
	}
	path := strings.TrimPrefix(parent, quotaPath)
	switch name {
	case limitNode:
		t.quotas[path] = true
	case statsNode:
		count, bytes := t.usage(path)
		t.setUsage(path, count, bytes)
	}
}

func (t *tree) dropQuota(parent, name string) {
	if strings.HasPrefix(parent, quotaPath) && name == limitNode {
		delete(t.quotas, strings.TrimPrefix(parent, quotaPath))
	}
}

// countQuota books a change of path with the longest counted path at or above it.
func (t *tree) countQuota(path string, bytes, count int) {
	if len(t.quotas) == 0 {
		return
	}
	for p := path; p != "/" && p != ""; p = parentOf(p) {
		if !t.quotas[p] {
			continue
		}
		if stats := t.nodes[quotaPath+p+"/"+statsNode]; stats != nil {
			used := parseUsage(string(stats.data))
			t.setUsage(p, used["count"]+count, used["bytes"]+bytes)
		}
		return
	}
}

// usage counts the nodes and bytes at and below path.
func (t *tree) usage(path string) (count, bytes int) {
	n := t.get(path)
	if n == nil {
		return 0, 0
	}
	count, bytes = 1, len(n.data)
	for name := range n.children {
		c, b := t.usage(path + "/" + name)
		count, bytes = count+c, bytes+b
	}
	return count, bytes
}

// setUsage rewrites a stats node behind the back of its version and its watches.
func (t *tree) setUsage(path string, count, bytes int) {
	if n := t.nodes[quotaPath+path+"/"+statsNode]; n != nil {
		n.data = fmt.Appendf(nil, "count=%d,bytes=%d", count, bytes)
	}
}

func parseUsage(s string) map[string]int {
	used := map[string]int{"count": -1, "bytes": -1}
	for _, pair := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' }) {
		key, value, _ := strings.Cut(pair, "=")
		if n, err := strconv.Atoi(value); err == nil {
			used[key] = n
		}
	}
	return used
}
