package zookeeper_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// TestSessionIsOfTheCallersContext in everything but that it also ends with the session.
func TestSessionIsOfTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		i := newWorld(t, &virtual{server}).start("a")
		defer i.Stop()

		type key struct{}
		parent, cancel := context.WithTimeoutCause(context.WithValue(t.Context(), key{}, "value"), time.Hour, errors.New("late"))
		defer cancel()
		session, err := i.App.Session(parent)
		if err != nil {
			t.Fatal(err)
		}
		if value := session.Value(key{}); value != "value" {
			t.Errorf("value %v", value)
		}
		want, _ := parent.Deadline()
		if deadline, ok := session.Deadline(); !ok || deadline != want {
			t.Errorf("deadline %v, %t", deadline, ok)
		}
		child, stop := context.WithCancel(session)
		defer stop()
		<-child.Done()
		if cause := context.Cause(child); cause == nil || cause.Error() != "late" {
			t.Errorf("the caller's context ended, and the cause is %v", cause)
		}

		session, err = i.App.Session(context.WithValue(t.Context(), key{}, "value"))
		if err != nil {
			t.Fatal(err)
		}
		child, stop = context.WithCancel(session)
		defer stop()
		server.ExpireSession(i.Stats().SessionID)
		<-child.Done()
		if cause := context.Cause(child); !errors.Is(cause, zookeeper.ErrSessionExpired) {
			t.Errorf("the session ended, and the cause is %v", cause)
		}
	})
}

// TestSessionsEndWithoutAGoroutineEach, so that a crowd is told at once.
func TestSessionsEndWithoutAGoroutineEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := zktest.RunT(t, zktest.InMemory())
		i := newWorld(t, &virtual{server}).start("a")
		defer i.Stop()
		const crowd = 1000
		before := runtime.NumGoroutine()
		var last context.Context
		for range crowd {
			session, err := i.App.Session(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			last = session
		}
		if more := runtime.NumGoroutine() - before; more > 0 {
			t.Errorf("%d goroutines for %d session contexts", more, crowd)
		}
		server.ExpireSession(i.Stats().SessionID)
		<-last.Done()
		if more := runtime.NumGoroutine() - before; more > crowd/10 {
			t.Errorf("%d goroutines to end %d session contexts", more, crowd)
		}
	})
}
