package report

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"burrow.example/zookeeper/bench/internal/sample"
)

// Plots draws every measurement into an SVG file of a directory: a bar to the median, a line between the quartiles.
func (r *Report) Plots(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, m := range r.Measurements {
		if err := os.WriteFile(filepath.Join(dir, m.ID+".svg"), []byte(m.plot()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// The measures of a plot, in pixels.
const (
	plotWidth = 720
	barsFrom  = 200 // labels to the left
	barsTo    = 620 // figures to the right
	rowHeight = 26
	barHeight = 14
	topHeight = 36
)

func (m *Measurement) plot() string {
	low, high := m.extent()
	x := func(value float64) float64 { return barsFrom + (value-low)/(high-low)*(barsTo-barsFrom) }
	height := topHeight + rowHeight*len(m.Rows) + 8

	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, height, plotWidth, height)
	fmt.Fprintf(&svg, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, height)
	fmt.Fprintf(&svg, `<text x="12" y="22" font-size="14" font-weight="bold">%s, %s</text>`+"\n", html.EscapeString(m.Title), m.Unit)
	for i := range m.Rows {
		row := &m.Rows[i]
		all := row.Rounds.All()
		median, from, to := sample.Median(all), sample.Quantile(all, 0.25), sample.Quantile(all, 0.75)
		top := float64(topHeight + rowHeight*i + (rowHeight-barHeight)/2)
		middle := top + barHeight/2
		color := "#b5bac0"
		if row.Ours {
			color = "#2f6fb0"
		}
		fmt.Fprintf(&svg, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", barsFrom-10, middle+4, html.EscapeString(row.Label))
		left, right := x(min(0, median)), x(max(0, median))
		fmt.Fprintf(&svg, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, max(right-left, 1), barHeight, color)
		fmt.Fprintf(&svg, `<path d="M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8" stroke="black" fill="none"/>`+"\n",
			x(from), middle, x(to), x(from), middle-4, x(to), middle-4)
		fmt.Fprintf(&svg, `<text x="%.1f" y="%.1f">%s</text>`+"\n", max(right, x(to))+8, middle+4, number(median))
	}
	fmt.Fprintf(&svg, `<path d="M%.1f %dV%d" stroke="black"/>`+"\n</svg>\n", x(0), topHeight, height-8)
	return svg.String()
}

// extent returns the least and the greatest value that is drawn, with nothing among them.
func (m *Measurement) extent() (low, high float64) {
	for i := range m.Rows {
		all := m.Rows[i].Rounds.All()
		low = min(low, sample.Quantile(all, 0.25))
		high = max(high, sample.Quantile(all, 0.75))
	}
	if high == low {
		high = low + 1
	}
	return low, high
}
