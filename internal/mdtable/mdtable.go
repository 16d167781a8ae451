// Package mdtable reads tables out of Markdown, so that tests can hold the documentation to what the code does.
package mdtable

import (
	"fmt"
	"os"
	"strings"
)

// Read returns the rows of the first table in a file whose first column has the given heading, each by column. Cells
// lose their backquotes.
func Read(file, heading string) ([]map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var columns []string
	var rows []map[string]string
	for _, line := range strings.Split(string(text), "\n") {
		cells, ok := split(line)
		switch {
		case columns == nil && ok && cells[0] == heading:
			columns = cells
		case columns == nil:
		case !ok:
			if rows == nil {
				return nil, fmt.Errorf("%s: the table of %q has no rows", file, heading)
			}
			return rows, nil
		case strings.Trim(cells[0], "-:") == "": // the line below the headings
		case len(cells) != len(columns):
			return nil, fmt.Errorf("%s: %d cells under %d headings: %s", file, len(cells), len(columns), line)
		default:
			row := make(map[string]string)
			for i, cell := range cells {
				row[columns[i]] = cell
			}
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return nil, fmt.Errorf("%s: no table of %q", file, heading)
	}
	return rows, nil
}

func split(line string) ([]string, bool) {
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[0] != '|' || line[len(line)-1] != '|' {
		return nil, false
	}
	cells := strings.Split(line[1:len(line)-1], "|")
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), "`", "")
	}
	return cells, true
}
