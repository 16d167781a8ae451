package mdtable

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ text, rows, err string }{
		"table":      {"# x\n\n|fruit|n|\n|---|--:|\n| `fig` , kiwi | 1 |\n|plum||\n\n|fruit|\n", "[map[fruit:fig , kiwi n:1] map[fruit:plum n:]]", ""},
		"at the end": {"| fruit | n |\n| - | - |\n| fig | 2 |", "[map[fruit:fig n:2]]", ""},
		"other":      {"| nut |\n| - |\n| fig |\n", "[]", `no table of "fruit"`},
		"empty":      {"| fruit |\n| - |\n\n| fig |\n", "[]", "no rows"},
		"torn":       {"| fruit | n |\n| - | - |\n| fig |\n", "[]", "1 cells under 2 headings: | fig |"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.md")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			rows, err := Read(file, "fruit")
			if fmt.Sprint(rows) != c.rows || c.err == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v, %v; want %s, %s", rows, err, c.rows, c.err)
			}
		})
	}
	if _, err := Read("nowhere.md", "fruit"); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}
