package docs

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// Every Go block, and both sides of every diff, are lines of a file that is compiled; only how far they are indented
// may differ.
func TestGoBlocksAreCompiled(t *testing.T) {
	compiled := sources(t)
	blocks := 0
	for _, page := range pages(t) {
		for _, block := range page.Blocks {
			for what, lines := range block.sides() {
				blocks++
				if !compiled.contain(lines) {
					t.Errorf("%s:%d: %s is not in any Go file:\n%s", page.Path, block.Line, what, strings.Join(lines, "\n"))
				}
			}
		}
	}
	if blocks < 5 {
		t.Errorf("only %d blocks found", blocks)
	}
	if compiled.contain([]string{"for l.Valid() {", "panic(1)"}) {
		t.Error("anything passes for compiled")
	}
}

// sides are the pieces of Go in a block. What is Burrow's own cannot be compiled here: its package is internal.
func (b Block) sides() map[string][]string {
	switch b.Language {
	case "go":
		return map[string][]string{"the block": b.Lines}
	case "diff":
		before, after := []string{}, []string{}
		for _, line := range b.Lines {
			if rest, found := strings.CutPrefix(line, "-"); found {
				before = append(before, rest)
			} else if rest, found := strings.CutPrefix(line, "+"); found {
				after = append(after, rest)
			} else {
				before, after = append(before, line), append(after, line)
			}
		}
		if strings.Contains(strings.Join(before, "\n"), "linkedin/Burrow") {
			return map[string][]string{"the + side": after}
		}
		return map[string][]string{"the - side": before, "the + side": after}
	}
	return nil
}

// corpus is the text of Go files, without indentation and empty lines.
type corpus []string

func sources(t *testing.T) corpus {
	t.Helper()
	var all corpus
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		text, err := fs.ReadFile(root, name)
		all = append(all, flat(strings.Split(string(text), "\n")))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func flat(lines []string) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

func (c corpus) contain(lines []string) bool {
	for _, text := range c {
		if strings.Contains(text, flat(lines)) {
			return true
		}
	}
	return false
}
