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
			for _, lines := range block.sides() {
				blocks++
				if !compiled.contain(lines) {
					t.Errorf("%s:%d: this is not in any Go file:\n%s", page.Path, block.Line, strings.Join(lines, "\n"))
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

// sides are the pieces of Go in a block, of a diff by hunk. A diff that begins with Burrow's own code has one side: Burrow's
// packages are internal, and cannot be compiled here.
func (b Block) sides() (all [][]string) {
	switch b.Language {
	case "go":
		return [][]string{b.Lines}
	case "diff":
		var before, after []string
		burrows := strings.Contains(strings.Join(b.Lines, "\n"), "-\t\"github.com/linkedin/Burrow")
		for _, line := range append(b.Lines, "@@") {
			if line == "" {
				continue
			}
			switch line[0] {
			case '@':
				if all = append(all, after); !burrows {
					all = append(all, before)
				}
				before, after = nil, nil
			case '-':
				before = append(before, line[1:])
			case '+':
				after = append(after, line[1:])
			default:
				before, after = append(before, line[1:]), append(after, line[1:])
			}
		}
	}
	return all
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
