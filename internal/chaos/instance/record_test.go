package instance

import "testing"

func TestParseRecord(t *testing.T) {
	for _, r := range []Record{
		{At: 1234567890, Kind: Action, Term: 17},
		{At: 1, Kind: Ended, Term: 1 << 40, Text: "zookeeper: session expired: trust lapsed"},
		{Kind: Dialled, Text: "127.0.0.1:2181"},
	} {
		if got, err := ParseRecord(r.String()); err != nil || got != r {
			t.Errorf("ParseRecord(%q) = %+v, %v, want %+v", r.String(), got, err, r)
		}
	}
	for _, line := range []string{"", "1 action 2", "x action 2 ", "1 action y ", "panic: oh no, a line of four"} {
		if r, err := ParseRecord(line); err == nil {
			t.Errorf("ParseRecord(%q) = %+v, want an error", line, r)
		}
	}
}
