package player

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a player under test.
type stage struct {
	t       *testing.T
	in      *io.PipeWriter
	lines   *bufio.Scanner
	outcome chan error
}

func onStage(t *testing.T, kind string) *stage {
	t.Helper()
	server := zktest.RunT(t)
	commands, in := io.Pipe()
	said, out := io.Pipe()
	s := &stage{t: t, in: in, lines: bufio.NewScanner(said), outcome: make(chan error, 1)}
	go func() { // ends with the input
		err := Play(Settings{Kind: kind, Server: server.Addr(), Path: "/bench/lock", Timeout: 6 * time.Second}, commands, out)
		out.Close()
		commands.Close()
		s.outcome <- err
	}()
	return s
}

func (s *stage) tell(command string) {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.in, command); err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
}

// hear returns the numbers of the next line, which must be of the given verb.
func (s *stage) hear(verb string) []int64 {
	s.t.Helper()
	if !s.lines.Scan() {
		s.t.Fatalf("the end, instead of %q: %v", verb, <-s.outcome)
	}
	words := strings.Fields(s.lines.Text())
	if len(words) == 0 || words[0] != verb {
		s.t.Fatalf("%q, want %q", s.lines.Text(), verb)
	}
	var numbers []int64
	for _, w := range words[1:] {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// TestARound of everything that players in Go are told.
func TestARound(t *testing.T) {
	for _, kind := range []string{Campaign, Lock, GoZK} {
		t.Run(kind, func(t *testing.T) {
			s := onStage(t, kind)
			s.tell("open 2")
			s.hear("opened")

			s.tell("solo 3")
			if took := s.hear("solo"); len(took) != 3 || took[0] <= 0 {
				t.Errorf("solo: %v", took)
			}

			s.tell("join 0")
			work := s.hear("work")
			s.tell("join 1")
			s.tell("leave 0")
			// The two lines come from two candidates, in either order.
			var left, next []int64
			for range 2 {
				if !s.lines.Scan() {
					t.Fatal(<-s.outcome)
				}
				var verb string
				var who, at int64
				if _, err := fmt.Sscan(s.lines.Text(), &verb, &who, &at); err != nil {
					t.Fatalf("%q: %v", s.lines.Text(), err)
				}
				switch verb {
				case "left":
					left = []int64{who, at}
				case "work":
					next = []int64{who, at}
				}
			}
			if left == nil || next == nil || left[0] != 0 || next[0] != 1 {
				t.Fatalf("left %v, works %v", left, next)
			}
			if now := int64(Now()); work[1] > left[1] || left[1] > next[1] || next[1] > now {
				t.Errorf("work %d, left %d, next %d, now %d", work[1], left[1], next[1], now)
			}
			s.tell("leave 1")
			s.hear("left")

			s.tell("rotate 2")
			if times := s.hear("rotated"); len(times) != 2 || times[1] <= times[0] {
				t.Errorf("rotated: %v", times)
			}
			s.tell("connect 1")
			if took := s.hear("connected"); len(took) != 1 || took[0] <= 0 {
				t.Errorf("connected: %v", took)
			}
			s.tell("usage")
			if usage := s.hear("usage"); len(usage) != 2 || usage[0] < 6 || usage[1] < 1<<20 {
				t.Errorf("usage: %v", usage)
			}
			s.in.Close()
			if err := <-s.outcome; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownCommandEndsThePlay(t *testing.T) {
	s := onStage(t, Raw)
	s.tell("dance")
	if err := <-s.outcome; err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("%v", err)
	}
	s.in.Close()
}

func TestArguments(t *testing.T) {
	for args, problem := range map[string]string{
		"go-zk-lock h:1 /p":      "3 arguments",
		"go-zk-lock h:1 /p 0":    `"0"`,
		"go-zk-lock h:1 /p soon": `"soon"`,
		"etcd h:1 /p 6000":       `"etcd"`,
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v, want something of %s", args, err, problem)
		}
	}
	s, err := parse(Settings{Kind: Lock, Server: "h:1", Path: "/p", Timeout: 6 * time.Second}.Args())
	if err != nil || s.Timeout != 6*time.Second || s.Kind != Lock || s.Server != "h:1" || s.Path != "/p" {
		t.Errorf("%+v, %v", s, err)
	}
}
