package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/stage"
)

// fleet is the notifiers, all of the same configuration.
type fleet struct {
	teller *stage.Teller
	dir    string // of the binary and the configuration
	binary string
	config string
	live   map[string]*stage.Process
}

// build compiles the notifier into a directory of its own, which stop removes.
func (f *fleet) build(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "notifier-demo-")
	if err != nil {
		return err
	}
	f.dir, f.binary, f.config = dir, filepath.Join(dir, "notifier"), filepath.Join(dir, "notifier.toml")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", f.binary, "burrow.example/zookeeper/examples/notifier").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the notifier: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

var configuration = template.Must(template.New("").Parse(`[zookeeper]
servers = [ "{{.Server}}" ]
timeout = "{{.Timeout}}"
root-path = "{{.Root}}"

[webhook]
url = "{{.Webhook}}"

[[targets]]
name = "shop"
url = "{{.Shop}}"
interval = "{{.Interval}}"
`))

// values are what the configuration says.
type values struct {
	Server, Root, Webhook, Shop string
	Timeout, Interval           time.Duration
}

func (f *fleet) configure(values values) error {
	var text bytes.Buffer
	if err := configuration.Execute(&text, values); err != nil {
		return err
	}
	return os.WriteFile(f.config, text.Bytes(), 0o600)
}

// start starts the instance of the given name.
func (f *fleet) start(name string) error {
	p, err := stage.StartProcess(f.teller, name, exec.Command(f.binary, "-config", f.config))
	if err != nil {
		return err
	}
	f.live[name] = p
	return nil
}

// kill kills the instance at once and says when that was.
func (f *fleet) kill(name string) (time.Time, error) {
	p, err := f.take(name)
	if err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	return at, p.Kill()
}

// terminate asks the instance to end, waits for it, and says when it was asked.
func (f *fleet) terminate(name string) (time.Time, error) {
	p, err := f.take(name)
	if err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	return at, p.Stop()
}

func (f *fleet) take(name string) (*stage.Process, error) {
	p := f.live[name]
	if p == nil {
		return nil, fmt.Errorf("%s should lead but does not run", name)
	}
	delete(f.live, name)
	return p, nil
}

// stopAll asks whatever still runs to end, the given one last, and says what did not end well.
func (f *fleet) stopAll(last string) error {
	var errs []error
	for name, p := range f.live {
		if name != last {
			errs = append(errs, p.Stop())
			delete(f.live, name)
		}
	}
	if p := f.live[last]; p != nil {
		errs = append(errs, p.Stop())
		delete(f.live, last)
	}
	return errors.Join(errs...)
}

// stop leaves nothing behind, neither processes nor files.
func (f *fleet) stop() error {
	return errors.Join(f.stopAll(""), os.RemoveAll(f.dir))
}
