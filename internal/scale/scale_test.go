package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/internal/realzk"
	"burrow.example/zookeeper/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(m)) }

// scene is one of those that make scale plays.
type scene interface {
	run(context.Context) (*report, error)
}

func play(t *testing.T, s scene) {
	t.Helper()
	r, err := s.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.print(t.Output())
	if !r.ok() {
		t.Error("not everything is as predicted")
	}
}

// TestPredictions holds the formulas of cost.go against zktest in virtual time, where nothing else is counted, by number
// and by timeout.
func TestPredictions(t *testing.T) {
	for _, c := range []struct {
		size    int
		timeout time.Duration
	}{{2, 4 * time.Second}, {20, 30 * time.Second}, {60, 6 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			s := zktest.RunT(t, zktest.InMemory())
			server := server{s.Addr(), s.Dial}
			play(t, &queue{server: server, root: "/queue", size: c.size, timeout: c.timeout, handOver: min(c.size-1, 10), calm: 20 * c.timeout})
			play(t, &many{
				server: server, root: "/many", names: 100 + 20*c.size, atOnce: 8, timeout: c.timeout, calm: 20 * c.timeout,
				expire: func(session int64) error {
					if !s.ExpireSession(session) {
						return fmt.Errorf("no session %#x", session)
					}
					return nil
				},
			})
		})
	}
}

// TestOnARealServer holds what can be counted at once against a real server.
func TestOnARealServer(t *testing.T) {
	real := realzk.Run(t)
	proxy := real.Proxy(t)
	play(t, &queue{server: at(real), root: "/queue", size: 40, timeout: 8 * time.Second, handOver: 2})
	play(t, &many{
		server: through(proxy), root: "/many", names: 200, atOnce: 16, timeout: 8 * time.Second,
		expire: func(int64) error { return proxy.Expire() },
	})
}

// TestReportTells: a report that could not fail would show nothing.
func TestReportTells(t *testing.T) {
	for name, c := range map[string]struct {
		add func(*report)
		ok  bool
	}{
		"exact":      {func(r *report) { r.exactly("x", 7, 7) }, true},
		"one off":    {func(r *report) { r.exactly("x", 7, 8) }, false},
		"near":       {func(r *report) { r.about("x", 100, 104, 0.05) }, true},
		"not near":   {func(r *report) { r.about("x", 100, 94, 0.05) }, false},
		"less":       {func(r *report) { r.atMost("x", 8, 1) }, true},
		"too many":   {func(r *report) { r.atMost("x", 8, 9) }, false},
		"and others": {func(r *report) { r.exactly("x", 1, 2); r.exactly("y", 1, 1) }, false},
	} {
		var r report
		c.add(&r)
		var out strings.Builder
		r.print(&out)
		if r.ok() != c.ok || strings.Contains(out.String(), "NOT AS PREDICTED") == c.ok {
			t.Errorf("%s: ok %v, prints\n%s", name, r.ok(), out.String())
		}
	}
}

// TestFramer cuts a stream at every place.
func TestFramer(t *testing.T) {
	var stream []byte
	var want []uint32
	for i, size := range []int{44, 8, 8, 500, 9} {
		frame := make([]byte, 4+size)
		binary.BigEndian.PutUint32(frame, uint32(size))
		binary.BigEndian.PutUint32(frame[8:], uint32(100+i))
		stream, want = append(stream, frame...), append(want, uint32(100+i))
	}
	for cut := range stream {
		for second := cut; second < len(stream); second += 7 {
			var f framer
			var got []uint32
			firsts := 0
			note := func(first bool, head [8]byte) {
				got = append(got, binary.BigEndian.Uint32(head[4:]))
				if first {
					firsts++
				}
			}
			f.feed(stream[:cut], note)
			f.feed(stream[cut:second], note)
			f.feed(stream[second:], note)
			if !slices.Equal(got, want) || firsts != 1 {
				t.Fatalf("cut at %d and %d: %v, %d firsts", cut, second, got, firsts)
			}
		}
	}
}

// TestDocument: the table in docs/scale.md is what the formulas say.
func TestDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(document)), " ")
	for _, e := range examples {
		if !strings.Contains(text, e.line()) {
			t.Errorf("docs/scale.md lacks the line\n%s", e.line())
		}
	}
	for what, said := range map[string]string{
		"a check":              fmt.Sprintf("(38 + L) for each check, %d for each ping", pingSent),
		"its answer":           fmt.Sprintf("%d for each check, %d for each ping", checkReceived, pingReceived),
		"a listing":            fmt.Sprintf("%d + %d·n bytes", listing(0), listing(1)-listing(0)),
		"the most names":       fmt.Sprintf("is %s names", thousands((1048575-closing(0, 0))/(4+examplePath))),
		"the most for Java":    fmt.Sprintf("is %s candidates", thousands((1048575-listing(0))/(listing(1)-listing(0)))),
		"the bound that holds": fmt.Sprintf("refuses more than %d)", handOverMost),
	} {
		if !strings.Contains(text, said) {
			t.Errorf("docs/scale.md does not say of %s: %s", what, said)
		}
	}
	if (fleet{}).checkSent() != 38 {
		t.Errorf("a check without a path has %d bytes", (fleet{}).checkSent())
	}
}

func thousands(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }
