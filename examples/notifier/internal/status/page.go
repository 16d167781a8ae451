// Package status is the status page of a notifier: who leads now and who led when, as this instance sees it, its own
// state, and the outages. It is for people, at /, and for machines, at /status.json.
package status

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"go.uber.org/zap"

	"burrow.example/zookeeper"
)

// Coordinator is the part of a *zookeeper.Coordinator that the page shows.
type Coordinator interface{ Stats() zookeeper.Stats }

// Page shows one instance. Its handlers may be called from any goroutine, also before the coordinator was started.
type Page struct {
	instance    string
	targets     []string
	coordinator Coordinator
	history     *History
	log         *zap.Logger
}

// New makes the page of an instance that watches the named targets.
func New(instance string, targets []string, coordinator Coordinator, history *History, log *zap.Logger) *Page {
	return &Page{instance: instance, targets: targets, coordinator: coordinator, history: history, log: log}
}

//go:embed page.html page.css page.js
var files embed.FS

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"clock":    clock,
	"moment":   moment,
	"stamp":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"seconds":  func(s float64) string { return fmt.Sprintf("%.1f s", s) },
	"duration": duration,
	"timeline": newTimeline,
}).ParseFS(files, "page.html"))

// Register adds the page, what it is made of, and status.json.
func (p *Page) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.serve)
	mux.HandleFunc("GET /status.json", p.serveJSON)
	assets := http.FileServerFS(files)
	mux.Handle("GET /page.css", assets)
	mux.Handle("GET /page.js", assets)
}

func (p *Page) serve(w http.ResponseWriter, _ *http.Request) {
	var text bytes.Buffer
	if err := page.Execute(&text, p.status(time.Now())); err != nil {
		p.fail(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'")
	p.answer(w, "text/html; charset=utf-8", text.Bytes())
}

func (p *Page) serveJSON(w http.ResponseWriter, _ *http.Request) {
	text, err := json.MarshalIndent(p.status(time.Now()), "", "  ")
	if err != nil {
		p.fail(w, err)
		return
	}
	p.answer(w, "application/json", append(text, '\n'))
}

func (p *Page) answer(w http.ResponseWriter, kind string, text []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(text); err != nil {
		p.log.Debug("the reader of the status page is gone", zap.Error(err))
	}
}

func (p *Page) fail(w http.ResponseWriter, err error) {
	p.log.Error("cannot show the status", zap.Error(err))
	http.Error(w, "cannot show the status", http.StatusInternalServerError)
}

// moment is a time as people say it soon after, and later.
func moment(t, now time.Time) string {
	if now.Sub(t) < 12*time.Hour {
		return clock(t)
	}
	return t.UTC().Format("2 Jan 15:04")
}

// duration is a duration as people say it: two units at most.
func duration(from, until time.Time) string {
	d := until.Sub(from)
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}
