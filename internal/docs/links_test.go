package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var root = os.DirFS("../..")

func pages(t *testing.T) []Page {
	t.Helper()
	all, err := Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all, func(p Page) bool { return p.Path == "README.md" }) {
		t.Fatalf("no README.md among %d pages", len(all))
	}
	return all
}

func TestLinks(t *testing.T) {
	all := pages(t)
	for _, problem := range Broken(root, all) {
		t.Error(problem)
	}
	links := 0
	for _, page := range all {
		links += len(page.Links)
	}
	t.Logf("%d links in %d pages", links, len(all))
}

func TestBrokenLinksAreFound(t *testing.T) {
	tree := fstest.MapFS{
		"README.md": {Data: []byte("# The `top`: a page!\n\n## Twice\n\n## Twice\n\n" +
			"[a](docs/a.md) [b](#the-top-a-page) [c](#twice-1) [d](https://example.org/x#y) [`e`](docs/a.md#there) [f](docs)\n\n" +
			"[1](docs/b.md) [2](#twice-2) [3](docs/a.md#here) [4](http://example.org) ![5](plot.png) [6]()\n" +
			"[7]: /docs/a.md\n\n`[no](link)`\n\n```\n[no](link)\n```\n\n    [no](link)\n")},
		"docs/a.md":       {Data: []byte("# There\n\n[r](../README.md#twice) [8](README.md)\n")},
		".build/other.md": {Data: []byte("[no](page)")},
	}
	all, err := Pages(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`README.md:9: "docs/b.md": there is no such file`,
		`README.md:9: "#twice-2": there is no such heading in README.md`,
		`README.md:9: "docs/a.md#here": there is no such heading in docs/a.md`,
		`README.md:9: "http://example.org": neither https nor relative`,
		`README.md:9: "plot.png": there is no such file`,
		`README.md:9: "": leads nowhere`,
		`README.md:10: "/docs/a.md": neither https nor relative`,
		`docs/a.md:3: "README.md": there is no such file`,
	}
	if got := Broken(tree, all); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)(?:^|[\s=0-9])make ([a-z]+)`)
	found := 0
	for _, page := range pages(t) {
		for _, match := range named.FindAllStringSubmatch(page.Code, -1) {
			found++
			if !strings.Contains(string(makefile), "\n"+match[1]+":") {
				t.Errorf("%s: make %s: there is no such target", page.Path, match[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d targets found in all pages", found)
	}
}
