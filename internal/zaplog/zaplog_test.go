package zaplog

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"burrow.example/zookeeper/internal/dial"
)

var _ zk.Logger = (*Logger)(nil)

// logger returns a Logger and what it writes.
func logger() (*Logger, *observer.ObservedLogs) {
	core, logs := observer.New(zapcore.DebugLevel)
	return New(zap.New(core, zap.AddCaller()), lastErrors), logs
}

func lastErrors() string { return "zk1:2181: refused" }

// TestLevels: every line that the client library (v1.0.4) can write.
func TestLevels(t *testing.T) {
	const debug, warn = zapcore.DebugLevel, zapcore.WarnLevel
	for _, c := range []struct {
		level  zapcore.Level
		format string
		args   []any
		text   string
	}{
		{debug, "connected to %s", []any{"zk1:2181"}, "connected to zk1:2181"},
		{debug, "authenticated: id=%d, timeout=%d", []any{7, 6000}, "authenticated: id=7, timeout=6000"},
		{debug, "re-submitting `%d` credentials after reconnect", []any{0}, "re-submitting `0` credentials after reconnect"},
		{debug, "send loop terminated: %v", []any{nil}, "send loop terminated: <nil>"},
		{debug, "recv loop terminated: %v", []any{"EOF"}, "recv loop terminated: EOF"},
		{debug, "recv closed, cancel re-submitting credentials", nil, "recv closed, cancel re-submitting credentials"},
		{debug, "should quit, cancel re-submitting credentials", nil, "should quit, cancel re-submitting credentials"},
		{warn, "failed to connect to %s: %v", []any{"zk1:2181", "refused"}, "failed to connect to zk1:2181: refused"},
		{warn, "authentication failed: %s", []any{"timeout"}, "authentication failed: timeout"},
		{debug, "authentication failed: %s", []any{zk.ErrSessionExpired}, "authentication failed: zk: session has been expired by the server"},
		{debug, "authentication failed: %s", []any{dial.ErrClosed}, "authentication failed: session is over"},
		{debug, "failed to connect to %s: %v", []any{"zk1:2181", dial.ErrClosed}, "failed to connect to zk1:2181: session is over"},
		{warn, "error in resending auth creds: %v", []any{"closed"}, "error in resending auth creds: closed"},
		{warn, "Failed to set previous watches: %v", []any{"closed"}, "Failed to set previous watches: closed"},
		{warn, "failed to set connection deadline: %v", []any{"closed"}, "failed to set connection deadline: closed"},
		{warn, "Xid < 0 (%d) but not ping or watcher event", []any{-3}, "Xid < 0 (-3) but not ping or watcher event"},
		{warn, "Response for unknown request with xid %d", []any{9}, "Response for unknown request with xid 9"},
		{warn, "gave up trying to send opClose to server", nil, "gave up trying to send opClose to server"},
		{warn, "a line that a later version may have", nil, "a line that a later version may have"},
		{warn, "", nil, ""},
	} {
		log, logs := logger()
		log.Printf(c.format, c.args...)
		entries := logs.All()
		if len(entries) != 1 || entries[0].Level != c.level || entries[0].ContextMap()["text"] != c.text {
			t.Errorf("%q is logged as %+v, want %v", c.format, entries, c.level)
			continue
		}
		if file := filepath.Base(entries[0].Caller.File); file != "zaplog_test.go" {
			t.Errorf("%q is said to come from %s, not from its caller", c.text, file)
		}
	}
}

// TestFailedAttemptsAreCounted: one warning at first, one now and then with the number of those between, and every one
// at debug.
func TestFailedAttemptsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := logger()
		hour := func() string {
			begun := time.Now()
			for range 10 * 60 * 60 { // ten attempts a second, of two kinds
				log.Printf("failed to connect to %s: %v", "zk1:2181", "refused")
				time.Sleep(50 * time.Millisecond)
				log.Printf("authentication failed: %s", "EOF")
				time.Sleep(50 * time.Millisecond)
			}
			var got []string
			for _, entry := range logs.FilterLevelExact(zapcore.WarnLevel).All() {
				if errs := entry.ContextMap()["last_errors"]; entry.Message != Attempt || errs != lastErrors() {
					t.Errorf("a warning is %q, with the errors %v", entry.Message, errs)
				}
				got = append(got, fmt.Sprint(entry.Time.Sub(begun), entry.ContextMap()["failed_attempts_not_shown"]))
			}
			if all := logs.Len(); all != 72_000 {
				t.Errorf("%d lines of 72000", all)
			}
			logs.TakeAll()
			return fmt.Sprint(got)
		}
		want := "[0s 0 30s 599 1m30s 1199 3m30s 2399 7m30s 4799 15m30s 9599 25m30s 11999 35m30s 11999 45m30s 11999 55m30s 11999]"
		if got := hour(); got != want {
			t.Errorf("warnings are %v, want %v", got, want)
		}
		log.Printf("authenticated: id=%d, timeout=%d", 7, 6000)
		logs.TakeAll()
		time.Sleep(time.Hour)                              // of peace
		want = strings.Replace(want, "0s 0", "0s 5399", 1) // those at the end of the hour before
		if got := hour(); got != want {
			t.Errorf("in another hour warnings are %v, want %v", got, want)
		}
	})
}

// TestOtherFailuresAreNotHeldBack, nor do they start a Quiet.
func TestOtherFailuresAreNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := logger()
		for range 3 {
			log.Printf("gave up trying to send opClose to server")
			log.Printf("failed to connect to zk1:2181: refused")
			log.Printf("connected to zk1:2181")
		}
		if got := logs.FilterLevelExact(zapcore.WarnLevel).Len(); got != 3+1 {
			t.Errorf("%d warnings, want 4", got)
		}
	})
}

// TestLevelIsTheApplicationsChoice: what it does not want costs no line.
func TestLevelIsTheApplicationsChoice(t *testing.T) {
	core, logs := observer.New(zapcore.ErrorLevel)
	log := New(zap.New(core), lastErrors)
	log.Printf("connected to zk1:2181")
	log.Printf("failed to connect to zk1:2181: refused")
	if logs.Len() != 0 {
		t.Errorf("logged: %v", logs.All())
	}
}

// TestSharedByManyGoroutines is for the race detector, and loses no line.
func TestSharedByManyGoroutines(t *testing.T) {
	log, logs := logger()
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 100 {
				log.Printf("failed to connect to zk1:2181: refused")
				log.Printf("connected to zk1:2181")
			}
		})
	}
	all.Wait()
	if logs.Len() != 1200 {
		t.Errorf("%d lines of 1200", logs.Len())
	}
	if got := logs.FilterLevelExact(zapcore.WarnLevel).Len(); got != 1 {
		t.Errorf("%d warnings, want 1", got)
	}
}
