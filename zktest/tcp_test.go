package zktest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Garbage from many connections at once ends those connections and nothing else.
func TestGarbageOverTCP(t *testing.T) {
	s := RunT(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(i), 3))
			nc, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			var b []byte
			if i%2 == 0 {
				b = hello(4 * time.Second)
			}
			for range 200 {
				b = append(b, requestFrame(int32(i), Op(dice.IntN(25)), randomBytes(dice, 40))...)
			}
			b = append(b, 0xff, 0xff, 0xff, 0xff) // a length that closes the connection
			nc.SetDeadline(time.Now().Add(10 * time.Second))
			nc.Write(b) // may fail half way: a frame before the last can close the connection as well
			if _, err := io.Copy(io.Discard, nc); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("connection %d: %v", i, err)
			}
		})
	}
	all.Wait()
	p := attachTCP(t, s.Member(1))
	if err := p.ping(); err != nil {
		t.Errorf("ping afterwards: %v", err)
	}
	checkTree(t, s.members[0].tree)
}

// attachTCP opens a session over a socket, in real time, on a machine that may be busy.
func attachTCP(t *testing.T, m *Member) *peer {
	t.Helper()
	p := attach(t, m, (&net.Dialer{}).DialContext, 10*time.Second, nil)
	p.patience = 20 * time.Second
	return p
}

func randomBytes(dice *rand.Rand, max int) []byte {
	b := make([]byte, dice.IntN(max))
	for i := range b {
		b[i] = byte(dice.IntN(4)) // small numbers make plausible lengths
	}
	return b
}

// A client that asks for much and reads nothing delays neither others nor Close.
func TestAClientThatDoesNotRead(t *testing.T) {
	s := RunT(t)
	if err := s.Create("/big", bytes.Repeat([]byte("x"), 900_000)); err != nil {
		t.Fatal(err)
	}
	greedy := attachTCP(t, s.Member(1))
	for range 20 {
		greedy.send(OpGetData, func(e *encoder) { e.string("/big"); e.bool(false) })
	}
	other := attachTCP(t, s.Member(1))
	if err := other.ping(); err != nil {
		t.Error(err)
	}
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Fatal("Close hangs")
	}
}

// Faults over TCP: the same verbs, on real sockets.
func TestFaultsOverTCP(t *testing.T) {
	s := RunT(t, Members(3), Election(time.Millisecond, 10*time.Millisecond), Tick(20*time.Millisecond))
	m := s.followers()[0]
	p := attachTCP(t, m)
	m.Cut()
	p.send(OpPing, nil)
	if _, _, err := p.await(100 * time.Millisecond); !errors.Is(err, errSilent) {
		t.Errorf("ping through a cut: %v", err)
	}
	m.Heal()
	if _, _, err := p.await(20 * time.Second); err != nil {
		t.Errorf("ping after Heal: %v", err)
	}
	m.ResetConnections()
	if _, err := p.receive(20 * time.Second); err == nil || err == io.EOF {
		t.Errorf("after a reset: %v", err)
	}
	p = attachTCP(t, m)
	m.Stop()
	if _, err := p.receive(20 * time.Second); err != io.EOF {
		t.Errorf("after Stop: %v", err)
	}
	if nc, err := net.Dial("tcp", m.Addr()); err == nil {
		nc.Close()
		t.Error("a stopped member takes connections")
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the member is back", func() bool { return m.Role() == "follower" })
	attachTCP(t, m)
	leader := s.Leader()
	leader.Freeze()
	eventually(t, 10*time.Second, "another leader", func() bool { l := s.Leader(); return l != nil && l != leader })
	leader.Heal()
	eventually(t, 10*time.Second, "the old leader follows", func() bool { return leader.Role() == "follower" })
}

func TestOptionsAreChecked(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, opts := range map[string][]Option{
		"members: 0":                    {Members(0)},
		"members: 10":                   {Members(10)},
		"listen: 1 addresses":           {Members(3), Listen("127.0.0.1:0")},
		"member 1: listen":              {Listen(taken.Addr().String())},
		"tick: 1ms":                     {Tick(time.Millisecond)},
		"tick: 1.5ms":                   {Tick(1500 * time.Microsecond)},
		"sync limit: 0":                 {SyncLimit(0)},
		"latency: from 2s to 1s":        {Latency(2*time.Second, time.Second)},
		"election: from -1ns to 1s":     {Election(-1, time.Second)},
		"quorum latency: from 2s to 1s": {QuorumLatency(2*time.Second, time.Second)},
	} {
		if s, err := Start(opts...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
			if s != nil {
				s.Close()
			}
		}
	}
}

// broken is a TB that notes that a test has failed.
type broken struct{ failed bool }

func (*broken) Helper()                 {}
func (b *broken) Fatalf(string, ...any) { b.failed = true }
func (*broken) Cleanup(func())          {}

func TestRunTFailsTheTest(t *testing.T) {
	b := &broken{}
	if s := RunT(b, Members(0)); s != nil || !b.failed {
		t.Errorf("server %v, failed %t", s, b.failed)
	}
}
