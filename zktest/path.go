package zktest

import "strings"

// validPath applies ZooKeeper's rules for the path of a node.
func validPath(path string) bool {
	if path == "/" {
		return true
	}
	if path == "" || path[0] != '/' || path[len(path)-1] == '/' {
		return false
	}
	for name := range strings.SplitSeq(path[1:], "/") {
		if name == "" || name == "." || name == ".." {
			return false
		}
	}
	return strings.IndexFunc(path, badRune) < 0
}

// badRune reports whether a path may not contain r. Everything beyond the basic plane is out, since the
// original looks at UTF-16 and refuses surrogates.
func badRune(r rune) bool {
	return r <= 0x1f || r >= 0x7f && r <= 0x9f || r >= 0xd800 && r <= 0xf8ff || r >= 0xfff0
}

// splitPath cuts a path into its parent and its last name; the parent of a child of the root is "".
// It fails where the original does: on a path without a slash or with a zero byte.
func splitPath(path string) (parent, name string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 || strings.IndexByte(path, 0) >= 0 {
		return "", "", false
	}
	return path[:i], path[i+1:], true
}

// special reports whether path is one of the nodes that cannot be deleted.
func special(path string) bool {
	return path == "/" || path == procPath || path == quotaPath || path == configPath
}
