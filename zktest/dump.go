package zktest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The four-letter words that list sessions, connections and watches.

func (m *Member) wordDump(b *strings.Builder) {
	b.WriteString("SessionTracker dump:\n")
	if m.role == leading {
		m.reign.tracker.dump(b)
	} else {
		fmt.Fprintf(b, "Global Sessions(%d):\n", len(m.tree.sessions))
		for _, id := range sortedKeys(m.tree.sessions) {
			fmt.Fprintf(b, "0x%x\t%dms\n", uint64(id), m.tree.sessions[id])
		}
	}
	fmt.Fprintf(b, "ephemeral nodes dump:\nSessions with Ephemerals (%d):\n", len(m.tree.ephemerals))
	for _, id := range sortedKeys(m.tree.ephemerals) {
		fmt.Fprintf(b, "0x%x:\n", uint64(id))
		for _, path := range slices.Sorted(maps.Keys(m.tree.ephemerals[id])) {
			fmt.Fprintf(b, "\t%s\n", path)
		}
	}
	sets := map[int64][]string{}
	for _, c := range m.conns {
		line := fmt.Sprintf("\tip: /%s sessionId: 0x%x\n", c.wire.remote(), uint64(c.session))
		sets[c.expires.UnixMilli()] = append(sets[c.expires.UnixMilli()], line)
	}
	fmt.Fprintf(b, "Connections dump:\nConnections Sets (%d)/(%d):\n", len(sets), len(m.conns))
	for _, at := range sortedKeys(sets) {
		fmt.Fprintf(b, "%d expire at %s:\n%s", len(sets[at]), javaDate(time.UnixMilli(at)), strings.Join(sets[at], ""))
	}
}

// javaDate writes a time as Java's Date does.
func javaDate(t time.Time) string { return t.UTC().Format("Mon Jan 02 15:04:05 MST 2006") }

func (t *tracker) dump(b *strings.Builder) {
	sets := map[int64][]int64{}
	for _, id := range sortedKeys(t.sessions) {
		at := t.sessions[id].expires
		sets[at] = append(sets[at], id)
	}
	fmt.Fprintf(b, "Session Sets (%d)/(%d):\n", len(sets), len(t.sessions))
	for _, at := range sortedKeys(sets) {
		when := t.origin.Add(time.Duration(at) * time.Millisecond)
		fmt.Fprintf(b, "%d expire at %s:\n", len(sets[at]), javaDate(when))
		for _, id := range sets[at] {
			fmt.Fprintf(b, "\t0x%x\n", uint64(id))
		}
	}
}

func (m *Member) wordWatches(b *strings.Builder) {
	fmt.Fprintf(b, "%d connections watching %d paths\nTotal watches:%d\n", m.data.watchers(), len(m.data.byPath), m.data.total())
}

// The lists of watches are those of the watches on data; the original forgets about the others as well.

func (m *Member) wordWatchesByPath(b *strings.Builder) {
	for _, path := range slices.Sorted(maps.Keys(m.data.byPath)) {
		fmt.Fprintf(b, "%s\n", path)
		for _, c := range inOrder(m.data.byPath[path]) {
			fmt.Fprintf(b, "\t0x%x\n", uint64(c.session))
		}
	}
	b.WriteString("\n")
}

func (m *Member) wordWatchesByConn(b *strings.Builder) {
	for _, c := range inOrder(m.data.byConn) {
		fmt.Fprintf(b, "0x%x\n", uint64(c.session))
		for _, path := range slices.Sorted(maps.Keys(m.data.byConn[c])) {
			fmt.Fprintf(b, "\t%s\n", path)
		}
	}
	b.WriteString("\n")
}

// inOrder sorts connections as they came.
func inOrder[V any](conns map[*conn]V) []*conn {
	return slices.SortedFunc(maps.Keys(conns), func(a, b *conn) int { return cmp.Compare(a.number, b.number) })
}
