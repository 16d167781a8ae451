package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/mdtable"
	"burrow.example/zookeeper/internal/zaplog"
	"burrow.example/zookeeper/zktest"
)

// documented returns the log lines that the documentation lists: level, message and the names of the fields, sorted.
var documented = sync.OnceValues(func() (map[string]bool, error) {
	rows, err := mdtable.Read("docs/logging-and-metrics.md", "message")
	lines := make(map[string]bool)
	for _, row := range rows {
		fields := strings.FieldsFunc(row["fields"], func(r rune) bool { return r == ',' || r == ' ' })
		lines[lineOf(row["level"], row["message"], fields)] = true
	}
	return lines, err
})

func lineOf(level, message string, fields []string) string {
	fields = slices.Clone(fields)
	slices.Sort(fields)
	return fmt.Sprintf("%s %q %v", level, message, fields)
}

func lineOfEntry(entry observer.LoggedEntry) string {
	var fields []string
	for _, field := range entry.Context {
		fields = append(fields, field.Key)
	}
	return lineOf(entry.Level.String(), entry.Message, fields)
}

// checked has every line that is logged looked up in the documentation.
func checked(t *testing.T) zap.Option {
	lines, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	return zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewTee(core, &checker{Core: zapcore.NewNopCore(), t: t, lines: lines})
	})
}

type checker struct {
	zapcore.Core
	t     *testing.T
	lines map[string]bool
	with  []zapcore.Field
}

func (c *checker) Enabled(zapcore.Level) bool { return true }

func (c *checker) With(fields []zapcore.Field) zapcore.Core {
	further := *c
	further.with = slices.Concat(c.with, fields)
	return &further
}

func (c *checker) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(entry, c)
}

func (c *checker) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if line := lineOfEntry(observer.LoggedEntry{Entry: entry, Context: slices.Concat(c.with, fields)}); !c.lines[line] {
		c.t.Errorf("logged, and not in docs/logging-and-metrics.md: %s", line)
	}
	return nil
}

// TestEveryDocumentedLineIsLogged makes every one of them happen. That nothing else is logged, every test with a world
// checks.
func TestEveryDocumentedLineIsLogged(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	virtually(t, func(t *testing.T, w *world, server *zktest.Server) {
		start := func(id string) *instance {
			i := w.configure(id)
			i.Config.DrainTimeout = time.Second
			i.Log = i.Log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core { return zapcore.NewTee(c, core) }))
			i.Configure()
			if err := i.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { i.Stop() })
			return i
		}
		a := start("a")
		a.App.Zookeeper.Close()

		// Work that fails as its term ends, with an expiry by the server's word.
		led := go1(func() error {
			return a.App.Lead(t.Context(), "job", func(l *zookeeper.Leadership) error {
				a.expire()
				<-l.Context().Done()
				w.eventually(20*time.Second, "a new session", func() bool { return a.Stats().Sessions == 2 })
				go a.Stop()
				return errors.New("broken by the loss")
			})
		})
		if err := returns(w, time.Minute, "Lead", led); !errors.Is(err, zookeeper.ErrStopped) {
			t.Fatal(err)
		}

		// A server that freezes is given up; it does not answer the next connections either.
		b := start("b")
		b.mustCampaign("job")
		inner := b.net.(*inMemory)
		inner.Freeze()
		time.Sleep(time.Hour)
		inner.Heal()
		w.eventually(time.Minute, "connected again", b.App.Connected)

		// A create whose answer is lost, in a campaign that is given up meanwhile; and one that may not be deleted.
		for _, refused := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			lost := b.net.LoseLockCreate(nil)
			campaign := go1(func() error { _, err := b.App.Campaign(ctx, "job"); return err })
			<-lost
			cancel()
			if err := returns(w, time.Minute, "Campaign", campaign); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			before := b.Stats().Orphans
			if refused {
				<-server.FailNext(zktest.OpDelete, zktest.NoAuth)
				continue
			}
			w.eventually(time.Minute, "orphan deleted", func() bool { return b.Stats().Orphans == before+1 })
		}

		// A root path that may be read, and no more.
		if _, err := w.client().Create(w.root+"-reader", nil, 0, zk.WorldACL(zk.PermRead)); err != nil {
			t.Fatal(err)
		}
		w.root += "-reader"
		start("reader").Stop()

		// What the client library finds unusual.
		zaplog.New(b.Log, nil).Printf("Response for unknown request with xid %d", 7)

		// Work that does not return.
		end := make(chan struct{})
		stuck := go1(func() error {
			return b.App.Lead(context.Background(), "other", func(l *zookeeper.Leadership) error {
				<-end
				return nil
			})
		})
		w.eventually(time.Minute, "leads", func() bool { return b.Stats().Leading == 1 })
		if err := b.Stop(); !errors.Is(err, zookeeper.ErrDrainTimeout) {
			t.Fatal(err)
		}
		close(end)
		<-stuck
	})

	lines, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	missing := make(map[string]bool)
	for line := range lines {
		missing[line] = true
	}
	for _, entry := range logs.All() {
		delete(missing, lineOfEntry(entry))
	}
	for line := range missing {
		t.Errorf("documented, and not logged: %s", line)
	}
}

// TestAnHourWithoutZookeeper is a dozen lines at level info.
func TestAnHourWithoutZookeeper(t *testing.T) {
	for name, fault := range map[string]func(n *inMemory){
		"refused": func(n *inMemory) { n.Refuse(); n.Reset() },
		"silent":  func(n *inMemory) { n.Freeze() },
		"cut":     func(n *inMemory) { n.Cut() },
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zapcore.InfoLevel)
			virtually(t, func(t *testing.T, w *world, _ *zktest.Server) {
				i := w.configure("a")
				i.Log = zap.New(core, checked(t))
				i.Configure()
				if err := i.Start(); err != nil {
					t.Fatal(err)
				}
				defer i.Stop()
				ended := make(chan struct{})
				led := go1(func() error {
					return i.App.Lead(t.Context(), "job", func(l *zookeeper.Leadership) error {
						<-l.Context().Done()
						ended <- struct{}{}
						return nil
					})
				})
				w.eventually(time.Second, "leads", func() bool { return i.Stats().Leading == 1 })
				logs.TakeAll()

				begun := time.Now()
				fault(i.net.(*inMemory))
				<-ended
				time.Sleep(time.Until(begun.Add(time.Hour)))
				i.net.Heal()
				w.eventually(10*time.Second, "leads again", func() bool { return i.Stats().Won == 2 })

				var told []string
				attempts := 0
				for _, entry := range logs.All() {
					if entry.Message == "cannot connect" {
						attempts++
					} else {
						told = append(told, entry.Message)
					}
				}
				want := map[string][]string{
					"refused": {"suspended", "leading no more", "expired", "connected", "leading"},
				}
				for _, silent := range []string{"silent", "cut"} {
					want[silent] = append([]string{"connection dropped: no answer to the proof of the session"}, want["refused"]...)
				}
				slices.Sort(told)
				slices.Sort(want[name])
				told = slices.DeleteFunc(told, func(m string) bool { return m == "deleted a lock node that was left behind" })
				if !slices.Equal(told, want[name]) {
					t.Errorf("logged: %q, want %q", told, want[name])
				}
				if attempts != 10 {
					t.Errorf("%d lines of attempts in an hour, want 10: at once, after 0.5, 1.5, 3.5, 7.5, 15.5, 25.5, ... minutes", attempts)
				}
				stop := go1(i.Stop)
				<-ended
				if err := returns(w, time.Second, "Stop", stop); err != nil {
					t.Fatal(err)
				}
				<-led
			})
		})
	}
}

var loggers = regexp.MustCompile(`(^|\.)log$`)

// TestEveryLogCallIsDocumented, those that no test reaches included. Messages that are not written out are those of the
// states, and the client library's.
func TestEveryLogCallIsDocumented(t *testing.T) {
	rows, err := mdtable.Read("docs/logging-and-metrics.md", "message")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool) // level and message
	for _, row := range rows {
		known[row["level"]+" "+row["message"]] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	computed, written := 0, 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !loggers.MatchString(types.ExprString(method.X)) || len(call.Args) == 0 {
				return true
			}
			level := strings.ToLower(method.Sel.Name)
			switch message, isLiteral := call.Args[0].(*ast.BasicLit); {
			case level == "with":
			case isLiteral:
				text, _ := strconv.Unquote(message.Value)
				if written++; !known[level+" "+text] {
					t.Errorf("%s: not documented: %s %q", file, level, text)
				}
			case types.ExprString(call.Args[0]) == "to.String()":
				computed++
			default:
				t.Errorf("%s: the message is not written out: %s", file, types.ExprString(call))
			}
			return true
		})
	}
	if computed != 4 || written < 9 {
		t.Errorf("%d lines of states and %d others: this test does not find them", computed, written)
	}
}
