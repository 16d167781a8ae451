package zktest

import (
	"cmp"
	"slices"
)

// eventType is what happened to a watched node.
type eventType int32

const (
	eventCreated  eventType = 1
	eventDeleted  eventType = 2
	eventChanged  eventType = 3
	eventChildren eventType = 4
)

// watchMode says how long a watch lives and how far it looks.
type watchMode int32

const (
	watchOnce       watchMode = -1
	watchPersistent watchMode = 0
	watchRecursive  watchMode = 1
)

// watchTable holds the watches of one kind, data or children, that a member's connections have set.
type watchTable struct {
	byPath    map[string]map[*conn]watchMode
	byConn    map[*conn]map[string]bool
	recursive int
}

func newWatchTable() *watchTable {
	return &watchTable{byPath: map[string]map[*conn]watchMode{}, byConn: map[*conn]map[string]bool{}}
}

func (w *watchTable) add(path string, c *conn, mode watchMode) {
	if w.byPath[path] == nil {
		w.byPath[path] = map[*conn]watchMode{}
	}
	if w.byConn[c] == nil {
		w.byConn[c] = map[string]bool{}
	}
	if old, ok := w.byPath[path][c]; ok && old == watchRecursive {
		w.recursive--
	}
	if mode == watchRecursive {
		w.recursive++
	}
	w.byPath[path][c] = mode
	w.byConn[c][path] = true
}

// remove takes one watch away and reports whether there was one.
func (w *watchTable) remove(path string, c *conn) bool {
	mode, ok := w.byPath[path][c]
	if !ok {
		return false
	}
	if mode == watchRecursive {
		w.recursive--
	}
	delete(w.byPath[path], c)
	if len(w.byPath[path]) == 0 {
		delete(w.byPath, path)
	}
	delete(w.byConn[c], path)
	return true
}

// drop forgets a connection.
func (w *watchTable) drop(c *conn) {
	for path := range w.byConn[c] {
		w.remove(path, c)
	}
	delete(w.byConn, c)
}

// has answers a checkWatches request: anybody's watch on the path counts, as in the original.
func (w *watchTable) has(path string) bool { return len(w.byPath[path]) > 0 }

// take returns the connections to be told that event happened at path, in the order in which they came, and
// uses up the watches that fire once.
func (w *watchTable) take(path string, event eventType) []*conn {
	var told []*conn
	for c, mode := range w.byPath[path] {
		if mode == watchRecursive && event == eventChildren {
			continue
		}
		told = append(told, c)
		if mode == watchOnce {
			w.remove(path, c)
		}
	}
	if w.recursive > 0 && event != eventChildren {
		for p := path; p != "/" && p != ""; {
			p = parentOf(p)
			for c, mode := range w.byPath[p] {
				if mode == watchRecursive && !slices.Contains(told, c) {
					told = append(told, c)
				}
			}
		}
	}
	slices.SortFunc(told, func(a, b *conn) int { return cmp.Compare(a.number, b.number) })
	return told
}

// total counts the watches.
func (w *watchTable) total() int {
	n := 0
	for _, paths := range w.byConn {
		n += len(paths)
	}
	return n
}

// watchers counts the connections that have watched anything since they came, as the original does.
func (w *watchTable) watchers() int { return len(w.byConn) }

func parentOf(path string) string {
	parent, _, _ := splitPath(path)
	if parent == "" {
		return "/"
	}
	return parent
}
