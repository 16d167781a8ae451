package secure

import (
	"fmt"
	"os"
	"time"
)

// table is what make secure prints. Rows are added one at a time; each is then its owner's until the end.
type table []*row

type row struct {
	name, text string
	took       time.Duration
}

func (t *table) row(name string) *row {
	r := &row{name: name}
	*t = append(*t, r)
	return r
}

func (t *table) print(title string) {
	if !*full {
		return
	}
	fmt.Fprintf(os.Stdout, "\n%s\n", title)
	for _, r := range *t {
		fmt.Fprintf(os.Stdout, "\n  %-60s %6.2f s\n    %s\n", r.name, r.took.Seconds(), r.text)
	}
	fmt.Println()
}
