package interop

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// elsewhere is the name of another lock, which excludes nobody here.
const elsewhere = "elsewhere"

// TestOverlapIsFound lets each kind of peer into the room under another lock than ours: every sign of two visitors at
// once has to show. The last case is what happens to kazoo on the right path if it is not told of the others' names.
func TestOverlapIsFound(t *testing.T) {
	for _, test := range []struct {
		name string
		join func(*contest)
	}{
		{kazooKind, func(c *contest) { c.kazoo(elsewhere, ourPattern) }},
		{curatorKind, func(c *contest) { c.curator(2, elsewhere) }},
		{gozkKind, func(c *contest) { c.gozk(2, elsewhere) }},
		{"kazoo without extra_lock_patterns", func(c *contest) { c.kazoo(theLock) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newContest(t)
			test.join(c)
			c.instances(1)
			kind := strings.Fields(test.name)[0]
			c.until(all(notAlone(kind), notAlone(ourKinds...), lostUpdate))
			err := c.finish()
			if !errors.Is(err, errNotAlone) || !errors.Is(err, errLostUpdate) {
				t.Fatalf("this lock excludes nobody, and the checks say: %v", err)
			}
		})
	}
}

// notAlone is reached when a visitor of one of these kinds has met another's marker.
func notAlone(kinds ...string) goal {
	return func(visits []visit) string {
		for _, v := range visits {
			if !v.alone && slices.Contains(kinds, v.kind) {
				return ""
			}
		}
		return "nobody of " + strings.Join(kinds, ", ") + " has met another visitor"
	}
}

// lostUpdate is reached when the same number has been written twice.
func lostUpdate(visits []visit) string {
	written := map[int]bool{}
	for _, v := range visits {
		if written[v.number] {
			return ""
		}
		written[v.number] = true
	}
	return "no update of the counter was lost"
}

// TestVerify has what the room looks like after a fault, one at a time.
func TestVerify(t *testing.T) {
	const fine = "Lead a 1 alone\nkazoo b 2 alone\nLead a 3 alone\n"
	for _, test := range []struct {
		name, ledger, counter string
		marker                bool
		said                  int
		want                  string // part of the error; "" if there should be none
		is                    error
	}{
		{name: "fine", ledger: fine, counter: "3", said: 3},
		{name: "nobody came", counter: "0"},
		{name: "two at once", ledger: strings.Replace(fine, "2 alone", "2 not-alone", 1), counter: "3", said: 3,
			want: "visit 2, by kazoo b after Lead a", is: errNotAlone},
		{name: "same number twice", ledger: strings.Replace(fine, "2", "1", 1), counter: "3", said: 3,
			want: "wrote 1 after 1", is: errLostUpdate},
		{name: "counter behind", ledger: fine, counter: "2", said: 3, want: "says 2 after 3 visits", is: errLostUpdate},
		{name: "visit not in the ledger", ledger: fine, counter: "3", said: 4, want: "say 4 visits, the ledger has 3"},
		{name: "marker left", ledger: fine, counter: "3", said: 3, marker: true, want: "a marker is left behind"},
		{name: "unreadable", ledger: "Lead a x\n", counter: "1", said: 1, want: "ledger line"},
		{name: "many", ledger: strings.Repeat("Lead a 1 not-alone\n", 100), counter: "1", said: 100,
			want: "problems more", is: errLostUpdate},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := newRoom(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			write(t, r.file("ledger"), test.ledger)
			write(t, r.file("counter"), test.counter)
			if test.marker {
				write(t, r.file("marker"), "")
			}
			err = r.verify(test.said)
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Fatalf("want %q in %v", test.want, err)
			case test.is != nil && !errors.Is(err, test.is):
				t.Fatalf("want %v in %v", test.is, err)
			}
		})
	}
}

// TestVisit shows that an orderly visit leaves no trace of a fault, and that one with another's marker there does.
func TestVisit(t *testing.T) {
	r, err := newRoom(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := r.visit("Lead", "a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.verify(3); err != nil {
		t.Fatal(err)
	}
	write(t, r.file("marker"), "")
	if err := r.visit("Lead", "a"); err != nil {
		t.Fatal(err)
	}
	if err := r.verify(4); !errors.Is(err, errNotAlone) {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
