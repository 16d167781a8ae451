package report

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var (
	oursColor   = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	theirsColor = color.RGBA{R: 0xb0, G: 0xb0, B: 0xb0, A: 0xff}
)

// Plots draws a box plot of every measurement into an SVG file of a directory.
func (r *Report) Plots(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, m := range r.Measurements {
		if err := m.plot(filepath.Join(dir, m.ID+".svg")); err != nil {
			return fmt.Errorf("plot %s: %w", m.ID, err)
		}
	}
	return nil
}

func (m *Measurement) plot(file string) error {
	p := plot.New()
	p.Title.Text = m.Title
	p.X.Label.Text = m.Unit
	p.X.Min = 0
	var labels []string
	for i := range m.Rows {
		row := &m.Rows[len(m.Rows)-1-i] // the first on top
		labels = append(labels, row.Label)
		box, err := plotter.NewBoxPlot(vg.Points(12), float64(i), plotter.Values(row.Rounds.All()))
		if err != nil {
			return err
		}
		box.Horizontal = true
		box.FillColor = theirsColor
		if row.Ours {
			box.FillColor = oursColor
		}
		box.GlyphStyle.Radius = vg.Points(1)
		p.Add(box)
	}
	p.NominalY(labels...)
	grid := plotter.NewGrid()
	grid.Horizontal.Color = nil
	p.Add(grid)
	return p.Save(18*vg.Centimeter, vg.Length(len(m.Rows))*0.9*vg.Centimeter+3*vg.Centimeter, file)
}
