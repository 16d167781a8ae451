package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// Broken returns what is wrong with the links of the pages: a file that is not in the tree, a heading that is not in the
// page. Nothing outside is asked for; an address there has to be https, with a host and without user and password.
func Broken(tree fs.FS, pages []Page) []string {
	anchors := map[string]map[string]bool{}
	for _, page := range pages {
		anchors[page.Path] = page.anchors
	}
	var problems []string
	for _, page := range pages {
		for _, link := range page.Links {
			if why := broken(tree, anchors, page.Path, link.Target); why != "" {
				problems = append(problems, fmt.Sprintf("%s:%d: %q: %s", page.Path, link.Line, link.Target, why))
			}
		}
	}
	return problems
}

func broken(tree fs.FS, anchors map[string]map[string]bool, from, target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return err.Error()
	case target == "":
		return "leads nowhere"
	case u.Scheme == "https" && u.Host != "" && u.User == nil:
		return ""
	case u.Scheme != "" || u.Host != "" || strings.HasPrefix(target, "/"):
		return "neither https nor relative"
	}
	to := from
	if u.Path != "" {
		to = path.Join(path.Dir(from), u.Path)
		if _, err := fs.Stat(tree, to); err != nil {
			return "there is no such file"
		}
	}
	if u.Fragment != "" && !anchors[to][u.Fragment] {
		return "there is no such heading in " + to
	}
	return ""
}
