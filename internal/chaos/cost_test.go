package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/internal/realzk"
)

// What trust costs, counted at the server: every check takes a transaction number, and nothing else does here.
func TestOneCheckPerTwelfth(t *testing.T) {
	defer goleak.VerifyNone(t)
	server := realzk.Run(t)
	const timeout = 6 * time.Second
	coordinator := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: []string{server.Addr()}, SessionTimeout: timeout}}
	coordinator.Configure()
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	defer coordinator.Stop()

	const idle = timeout / 3 // several times what passes between two checks
	if n := transactions(t, server, idle); n != 0 {
		t.Errorf("with nothing held: %d transactions in %v, want none", n, idle)
	}

	held := campaign(t, coordinator, 1000)
	// One more may fall into the window; on a busy machine some answers are late, and with them the next check.
	const window = timeout
	most := int64(window/(timeout/12)) + 1
	if n := transactions(t, server, window); n > most || n < most*3/4 {
		t.Errorf("with %d leaderships held: %d transactions in %v, want %d or little less", len(held), n, window, most-1)
	} else {
		t.Logf("with %d leaderships held: %d transactions in %v", len(held), n, window)
	}

	for _, l := range held {
		if !l.Valid() {
			t.Fatalf("term %d lapsed", l.Term())
		}
	}
	together(held, func(l *zookeeper.Leadership) { l.Resign() })
	if n := transactions(t, server, idle); n != 0 {
		t.Errorf("with everything given back: %d transactions in %v, want none", n, idle)
	}
}

// campaign wins leaderships under as many names.
func campaign(t *testing.T, coordinator *zookeeper.Coordinator, count int) []*zookeeper.Leadership {
	held := make([]*zookeeper.Leadership, count)
	var mu sync.Mutex
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	together(numbers, func(i int) {
		l, err := coordinator.App.Campaign(context.Background(), fmt.Sprintf("job-%d", i))
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		held[i] = l
	})
	if t.Failed() {
		t.FailNow()
	}
	return held
}

// together does something to all at the same time, and waits.
func together[T any](all []T, do func(T)) {
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { do(one) })
	}
	wg.Wait()
}

// transactions counts what the server commits within some time.
func transactions(t *testing.T, server *realzk.Server, window time.Duration) int64 {
	before := zxid(t, server)
	<-time.After(window)
	return zxid(t, server) - before
}

// zxid is the number of the server's latest transaction.
func zxid(t *testing.T, server *realzk.Server) int64 {
	t.Helper()
	answer, err := server.FourLetter("srvr")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(answer) {
		if value, ok := strings.CutPrefix(line, "Zxid: "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no Zxid in %q", answer)
	return 0
}
