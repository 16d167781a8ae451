package main

import (
	"os"
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
			rounds: 2, cycles: 2, solos: 3, crowd: 4, turns: 2, counted: 2, crashes: 1,
			idle: time.Second, calls: 10, connects: 2, waiters: 100, pause: 20 * time.Millisecond,
		},
		kinds:    kinds[:3],
		timeout:  2 * time.Second,
		programs: &programs{self: []string{os.Args[0], playerCommand}},
		addr:     server.Addr(),
		observer: observer,
		begun:    time.Now(),
	}
}

// TestARound of what is measured between processes: all rounds of all clients are booked, with sane figures.
func TestARound(t *testing.T) {
	b := tiny(t)
	for _, name := range []string{"uncontended", "handover-2", "handover-crowd", "rotation", "connect", "overhead"} {
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
	for _, id := range []string{"handover-2", "handover-crowd"} {
		if which := gozk(id); which != "delete 1, getChildren2 1" {
			t.Errorf("go-zookeeper's Lock, %s: %s", id, which)
		}
	}
	for _, row := range b.report.Find("handover-2").Rows[:2] {
		if row.Requests.PerTurn < 1 {
			t.Errorf("%s hands over without a request", row.Label)
		}
	}
}

// TestACrash is noticed, timed, and made good for the next round.
func TestACrash(t *testing.T) {
	b := tiny(t)
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
