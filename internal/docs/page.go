// Package docs holds the documentation to what there is: its tests fail over a link that leads nowhere, a Go block that
// is in no file that is compiled, a make target that does not exist, and an exported function without an example. With
// the tag spelling, and aspell, over a misspelt word as well.
package docs

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// Page is a Markdown file.
type Page struct {
	Path    string // slash-separated, from the root of the tree
	Links   []Link
	Blocks  []Block
	Prose   string // without code
	Code    string // the blocks, and what is between backquotes
	anchors map[string]bool
}

// Link is where a page points to.
type Link struct {
	Line   int
	Target string
}

// Block is a block of code between fences, or an indented one, whose Language is "".
type Block struct {
	Line     int
	Language string
	Lines    []string
}

// Pages reads every Markdown file of a tree, the directories left out whose names begin with a dot.
func Pages(tree fs.FS) ([]Page, error) {
	var pages []Page
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err == nil {
			pages = append(pages, parse(name, string(text)))
		}
		return err
	})
	return pages, err
}

var (
	span    = regexp.MustCompile("`[^`]*`")
	inline  = regexp.MustCompile(`\]\(([^()\s]*)\)`)
	defined = regexp.MustCompile(`^\[[^\]]+\]:\s*(\S+)`)
	heading = regexp.MustCompile(`^#{1,6} +(.*?)(?: +#+)?$`)
	words   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

func parse(name, text string) Page {
	page := Page{Path: name, anchors: map[string]bool{}}
	var prose, code strings.Builder
	var fence string
	indented, blank := false, true
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			if trimmed == fence {
				fence = ""
			} else {
				last := &page.Blocks[len(page.Blocks)-1]
				last.Lines = append(last.Lines, line)
				fmt.Fprintln(&code, line)
			}
			continue
		}
		if rest, found := strings.CutPrefix(trimmed, "```"); found {
			fence = "```"
			page.Blocks = append(page.Blocks, Block{Line: i + 1, Language: rest})
			continue
		}
		if strings.HasPrefix(line, "    ") && (indented || blank) {
			if !indented {
				page.Blocks = append(page.Blocks, Block{Line: i + 1})
			}
			indented = true
			last := &page.Blocks[len(page.Blocks)-1]
			last.Lines = append(last.Lines, line)
			fmt.Fprintln(&code, line)
			continue
		}
		blank = trimmed == ""
		indented = false
		if title := heading.FindStringSubmatch(line); title != nil {
			page.anchor(title[1])
		}
		for _, c := range span.FindAllString(line, -1) {
			fmt.Fprintln(&code, strings.Trim(c, "`"))
		}
		line = span.ReplaceAllString(line, "")
		for _, found := range inline.FindAllStringSubmatch(line, -1) {
			page.Links = append(page.Links, Link{i + 1, found[1]})
		}
		if found := defined.FindStringSubmatch(line); found != nil {
			page.Links = append(page.Links, Link{i + 1, found[1]})
		}
		fmt.Fprintln(&prose, words.ReplaceAllString(line, "$1"))
	}
	page.Prose, page.Code = prose.String(), code.String()
	return page
}

// anchor notes the anchor that GitHub gives a heading.
func (p *Page) anchor(title string) {
	title = words.ReplaceAllString(title, "$1")
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
	unique := slug
	for n := 1; p.anchors[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", slug, n)
	}
	p.anchors[unique] = true
}
