package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/bench/internal/player"
	"burrow.example/zookeeper/zktest"
)

// TestMain makes the test binary a player where the driver starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == playerCommand {
		os.Exit(player.Main(os.Args[2:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // players inherit it, and would each rest for a second otherwise
	goleak.VerifyTestMain(m)
}

// tiny is a run of two rounds over a server in this process, with the kinds that need nothing but Go.
func tiny(t *testing.T) *bench {
	t.Helper()
	server := zktest.RunT(t, zktest.Tick(500*time.Millisecond))
	observer, err := player.Connect(player.Settings{Server: server.Addr(), Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(observer.Close)
	return &bench{
		plan: plan{
			rounds: 2, cycles: 1, solos: 3, crowd: 4, turns: 2, counted: 1, crashes: 1,
			idle: time.Second, calls: 10, connects: 2, waiters: 100, pause: 100 * time.Millisecond, background: 500 * time.Millisecond,
		},
		kinds:    kinds[:3],
		timeout:  6 * time.Second,
		programs: &programs{self: []string{os.Args[0], playerCommand}},
		addr:     server.Addr(),
		observer: observer,
		begun:    time.Now(),
	}
}

// TestARound of what is measured between processes: all rounds of all clients are booked, with sane figures.
func TestARound(t *testing.T) {
	b := tiny(t)
	for _, name := range []string{"uncontended", "handover-crowd", "rotation", "connect", "overhead"} {
		s, err := find(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.do(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range b.report.Measurements {
		for _, row := range m.Rows {
			if len(row.Rounds) != b.plan.rounds {
				t.Errorf("%s, %s: %d rounds", m.Title, row.Label, len(row.Rounds))
			}
			for _, x := range row.Rounds.All() {
				if x <= 0 || x > 60_000 {
					t.Errorf("%s, %s: %v %s", m.Title, row.Label, x, m.Unit)
				}
			}
		}
	}
	// go-zookeeper's Lock creates its node, lists the queue, and deletes its node; a hand-over is a deletion and
	// another listing.
	gozk := func(id string) string { return b.report.Find(id).Rows[2].Requests.Which }
	if which := gozk("uncontended"); which != "create 1, delete 1, getChildren2 1" {
		t.Errorf("go-zookeeper's Lock, uncontended: %s", which)
	}
	if which := gozk("handover-crowd"); !strings.Contains(which, "delete 1") || !strings.Contains(which, "getChildren2") {
		t.Errorf("go-zookeeper's Lock hands over with %s", which)
	}
	for _, row := range b.report.Find("handover-crowd").Rows[:2] {
		if row.Requests.PerTurn < 1 {
			t.Errorf("%s hands over without a request", row.Label)
		}
	}
}

// TestPeers play as they are told, in Python and Java.
func TestPeers(t *testing.T) {
	b := tiny(t)
	var err error
	if b.programs, err = prepare(t.TempDir()); err != nil {
		if os.Getenv("ZOOKEEPER_REQUIRED") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, k := range kinds {
		if strings.HasPrefix(k.name, "kazoo") || strings.HasPrefix(k.name, "curator") {
			t.Run(k.name, func(t *testing.T) { playEverything(t, b, k) })
		}
	}
}

func playEverything(t *testing.T, b *bench, k kind) {
	team, err := b.team(k, "everything", 2, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	defer team.close()
	for _, c := range []struct {
		command, answer string
		numbers         int
	}{{"solo 2", "solo", 2}, {"connect 1", "connected", 1}, {"rotate 2", "rotated", 2}} {
		if err := team.processes[0].tell(c.command); err != nil {
			t.Fatal(err)
		}
		l, err := team.await(team.processes[0], c.answer)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.numbers) != c.numbers || l.numbers[0] <= 0 {
			t.Errorf("%s: %v", c.command, l.numbers)
		}
	}
	handing, joining, err := b.countHandOvers(team, 2)
	if err != nil {
		t.Fatal(err)
	}
	// A deletion and a listing, then a creation, a listing and a watch; kazoo looks for itself first.
	if sum := handing.PerTurn + joining.PerTurn; handing.PerTurn < 2 || sum < 4 || sum > 6 {
		t.Errorf("a hand-over takes %+v, joining again %+v", *handing, *joining)
	}
}

// TestACrash is noticed, timed, and made good for the next round.
func TestACrash(t *testing.T) {
	b := tiny(t)
	b.timeout = 2 * time.Second
	team, err := b.team(kinds[2], "crash", 2, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer team.close()
	if err := team.fill(2); err != nil {
		t.Fatal(err)
	}
	took, err := team.crash()
	if err != nil {
		t.Fatal(err)
	}
	if took < -time.Second || took > 10*time.Second {
		t.Errorf("fail-over took %v", took)
	}
	if _, _, err := team.handOver(); err != nil {
		t.Errorf("to the process that came in: %v", err)
	}
}

// TestAPlayersEndIsAnError, with what it said last.
func TestAPlayersEndIsAnError(t *testing.T) {
	b := tiny(t)
	team, err := b.team(kinds[2], "end", 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer team.close()
	if err := team.processes[0].tell("dance"); err != nil {
		t.Fatal(err)
	}
	if _, err := team.await(nil, "work"); err == nil {
		t.Error("no error")
	}
}

// TestExpiry wakes everybody.
func TestExpiry(t *testing.T) {
	woken := expire(t, 100, 100)
	if woken.Cond <= 0 || woken.Sessions <= 0 || woken.Last() > 10*time.Second {
		t.Errorf("%+v", woken)
	}
}
