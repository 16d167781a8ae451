//go:build spelling

package docs

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// misspelt has aspell look at a text, and returns what neither it nor words.txt knows.
func misspelt(t *testing.T, text string) []string {
	t.Helper()
	words, err := filepath.Abs("words.txt")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("aspell", "list", "--lang=en", "--encoding=utf-8", "--ignore=2", "--personal="+words)
	cmd.Stdin = strings.NewReader(text)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("aspell: %v %s", err, complaint.String())
	}
	found := slices.DeleteFunc(strings.Fields(string(out)), func(word string) bool {
		return strings.ToLower(word[1:]) != word[1:] // a name out of some code, or an abbreviation
	})
	slices.Sort(found)
	return slices.Compact(found)
}

func TestSpelling(t *testing.T) {
	for _, page := range pages(t) {
		if wrong := misspelt(t, page.Prose); len(wrong) > 0 {
			t.Errorf("%s: %s", page.Path, strings.Join(wrong, " "))
		}
	}
}

func TestMisspeltWordsAreFound(t *testing.T) {
	const text = "A holder that recieves no answer looses its leedership; ZooKeeper's ensemble, znodes, and a teh.\n"
	want := []string{"leedership", "recieves", "teh"}
	if got := misspelt(t, text); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
