package stage

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestTeller(t *testing.T) {
	var out bytes.Buffer
	teller := NewTeller(&out)
	teller.Scene("Outage %d", 1)
	teller.Say("shop", "is %s", "down")
	teller.Print("the end\n\n")
	want := "\n         Outage 1\n   0.0s  shop        is down\n\nthe end\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	out.Reset()
	teller.colours = map[string]string{"": bold} // as on a terminal
	teller.Say("shop", "is down")
	if !strings.Contains(out.String(), palette[0]+"shop      "+reset+"  is down") {
		t.Errorf("got %q", out.String())
	}
}

func TestLines(t *testing.T) {
	var lines []string
	w := &Lines{To: func(line string) { lines = append(lines, line) }}
	for _, part := range []string{"a", "b\nc\r\n", "", "\nd"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	if want := []string{"ab", "c", ""}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestTellable(t *testing.T) {
	for line, want := range map[string]string{
		"13:18:05.042  INFO   is up               target=shop":                                           "is up               target=shop",
		"13:18:05.042  WARN   is down             target=shop":                                           "is down             target=shop",
		"13:18:05.042  INFO   zookeeper: connected  from=disconnected":                                   "",
		"13:18:05.042  INFO   zookeeper: connected  from=suspended  server=a:1  session=0x1  timeout=3s": "zookeeper: connected  from=suspended  server=a:1",
		"13:18:05.042  ERROR  ends  error=x":                                                             "ERROR ends  error=x",
		"panic: out of luck":                                                                             "panic: out of luck",
		"":                                                                                               "",
	} {
		if got, _ := tellable(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}
