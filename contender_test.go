package zookeeper

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const guid = "0123456789abcdef0123456789abcdef"

// TestSequence: whose names count, and as which number.
func TestSequence(t *testing.T) {
	for name, want := range map[string]int64{
		"_c_" + guid + "-lock-0000000007":                         7,  // ours, and go-zookeeper's
		"_c_8e2b5a5e-7f0c-4a5c-9c0e-3a4f2a1b0c9d-lock-0000000012": 12, // Curator's mutex
		"lock-0000000003":                  3, // Curator's, without protection
		guid + "__lock__0000000009":        9, // kazoo's
		"_c_" + guid + "-lock-2147483647":  2147483647,
		"_c_" + guid + "-lock--2147483648": -2147483648, // what comes after it
		guid + "__lock__-2147483647":       -2147483647,
		"_c_" + guid + "-lock--000000001":  -1,
		"lock-0":                           0,
		"lock-lock-5":                      5,
		"lock-3-lock-5":                    5,
	} {
		if got, ok := sequence(name); !ok || got != want {
			t.Errorf("%s has number %d, %t; want %d", name, got, ok, want)
		}
	}
	for _, name := range []string{
		"", "_c_x", "junk", "lock", "lock-", "lock--", "lock-x", "0000000001", "x0000000001", "lock0000000001",
		"lock-0000000001x", "lock-0000000001 ", "lock-00000 00001", "lock-+1", "lock- 1", "lock-1.5", "lock-1\n",
		"LOCK-0000000001", "lock_0000000001", "lock__", "lock__x",
		"latch-0000000001", "_c_" + guid + "-latch-0000000001", // Curator's leader latch does not lock
		"lease-0000000001", "__READ__0000000001", "n_0000000001",
		"lock-99999999999999999999", "lock--99999999999999999999", // no number of a node
		"lock-\u0661", // a digit elsewhere
	} {
		if n, ok := sequence(name); ok {
			t.Errorf("%q counts as number %d", name, n)
		}
	}
}

func TestNewGUID(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		guid := newGUID()
		if len(guid) != 32 || strings.Trim(guid, "0123456789abcdef") != "" || seen[guid] {
			t.Fatalf("guid %q, seen before: %t", guid, seen[guid])
		}
		seen[guid] = true
	}
}

func TestPlaceAndFirst(t *testing.T) {
	for name, c := range map[string]struct {
		children string
		own      string
		ahead    int
		before   string
		second   string
		absent   bool
		first    string
	}{
		"alone":                     {"lock-1", "lock-1", 0, "", "", false, "lock-1"},
		"first of three":            {"lock-3 lock-1 lock-2", "lock-1", 0, "", "", false, "lock-1"},
		"second":                    {"lock-3 lock-1 lock-2", "lock-2", 1, "lock-1", "", false, "lock-1"},
		"last":                      {"lock-3 lock-1 lock-2", "lock-3", 2, "lock-2", "lock-1", false, "lock-1"},
		"by number, not by name":    {"b-lock-9 a-lock-10 c-lock-8", "a-lock-10", 2, "b-lock-9", "c-lock-8", false, "c-lock-8"},
		"kinds mixed":               {"x__lock__2 _c_y-lock-1 lock-3", "lock-3", 2, "x__lock__2", "_c_y-lock-1", false, "_c_y-lock-1"},
		"strangers do not count":    {"_c_x junk lock-2 latch-0 config lock-5", "lock-5", 1, "lock-2", "", false, "lock-2"},
		"strangers alone":           {"_c_x junk", "lock-5", 0, "", "", true, ""},
		"nobody":                    {"", "lock-5", 0, "", "", true, ""},
		"not there":                 {"lock-1 lock-2 lock-3", "lock-2x", 0, "", "", true, "lock-1"},
		"not there any more":        {"lock-1 lock-3", "lock-2", 1, "lock-1", "", true, "lock-1"},
		"a tie goes by name":        {"b-lock-1 a-lock-1 c-lock-1", "b-lock-1", 1, "a-lock-1", "", false, "a-lock-1"},
		"a tie among those ahead":   {"b-lock-1 a-lock-1 lock-2", "lock-2", 2, "b-lock-1", "a-lock-1", false, "a-lock-1"},
		"zeros make no difference":  {"lock-0000000010 lock-9", "lock-0000000010", 1, "lock-9", "", false, "lock-9"},
		"negative, after overflow":  {"lock--2147483646 lock--2147483648 lock--2147483647", "lock--2147483646", 2, "lock--2147483647", "lock--2147483648", false, "lock--2147483648"},
		"negative, around the zero": {"lock-1 lock--1 lock-0", "lock-1", 2, "lock-0", "lock--1", false, "lock--1"},
	} {
		t.Run(name, func(t *testing.T) {
			children := strings.Fields(c.children)
			permute(children, func() {
				p, found := place(children, c.own)
				if want := (position{c.ahead, c.before, c.second}); found == c.absent || p != want {
					t.Errorf("in %v: %+v, want %+v, found %t", children, p, want, found)
				}
				if got := first(children); got != c.first {
					t.Errorf("in %v: %q is first, want %q", children, got, c.first)
				}
			})
		})
	}
}

// permute calls f for every order of list, up to five elements.
func permute(list []string, f func()) {
	if len(list) < 2 {
		f()
		return
	}
	for i := range min(len(list), 5) {
		list[0], list[i] = list[i], list[0]
		permute(list[1:], f)
		list[0], list[i] = list[i], list[0]
	}
}

func TestByGUID(t *testing.T) {
	other := strings.Repeat("f", 32)
	mine := "_c_" + guid + "-lock-0000000002"
	for _, c := range []struct {
		children []string
		want     string
	}{
		{nil, ""},
		{[]string{"_c_x", "junk", "_c_" + other + "-lock-0000000001", mine}, mine},
		{[]string{"_c_" + other + "-lock-0000000001"}, ""},
		{[]string{guid + "__lock__0000000001"}, ""},                  // the same guid by another's rules
		{[]string{"_c_" + guid, "_c_" + guid + "0-lock-1"}, ""},      // another's guid that begins like ours
		{[]string{"x_c_" + guid + "-lock-0000000001"}, ""},           // or ends like it
		{[]string{"_c_" + guid + "-lock-"}, "_c_" + guid + "-lock-"}, // no contender, but ours to delete
	} {
		if got := byGUID(c.children, guid); got != c.want {
			t.Errorf("in %v: %q, want %q", c.children, got, c.want)
		}
	}
	if fresh := protection + newGUID() + lockSuffix + "0000000001"; byGUID([]string{fresh}, fresh[3:35]) != fresh {
		t.Errorf("%s is not found by its own guid", fresh)
	}
}

// contenders is a queue as one would write it down: those that count, in order.
func contenders(children []string) []string {
	var queue []string
	for _, name := range children {
		if _, ok := naiveNumber(name); ok {
			queue = append(queue, name)
		}
	}
	slices.SortFunc(queue, func(a, b string) int {
		m, _ := naiveNumber(a)
		n, _ := naiveNumber(b)
		if m != n {
			if m < n {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return queue
}

// naiveNumber reads a name from its end: digits, perhaps a minus, "lock-" or "lock__".
func naiveNumber(name string) (int64, bool) {
	ends := func(s string) bool { return strings.HasSuffix(s, "lock-") || strings.HasSuffix(s, "lock__") }
	begin := strings.TrimRight(name, "0123456789")
	digits := name[len(begin):]
	if before, negative := strings.CutSuffix(begin, "-"); negative && ends(before) {
		begin, digits = before, "-"+digits
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && ends(begin)
}

// FuzzContenders: whatever is below a lock's node, nothing panics, and the queue is the one of the model.
func FuzzContenders(f *testing.F) {
	for _, seed := range []string{
		"", "_c_x junk", "lock-1 lock-2 lock-3", "a-lock-1 b-lock-1 __lock__1", "lock--2147483648 lock-2147483647",
		"_c_" + guid + "-lock-0000000007 " + guid + "__lock__0000000003", "lock-lock-1 lock---1 lock__-1 lock-00",
	} {
		f.Add(seed, uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, at uint8) {
		children := slices.Compact(slices.Sorted(slices.Values(strings.Split(text, " ")))) // names are unique
		queue := contenders(children)
		if len(queue) > 0 && first(children) != queue[0] || len(queue) == 0 && first(children) != "" {
			t.Fatalf("first of %q is %q, the queue is %q", children, first(children), queue)
		}
		for i, own := range queue {
			padded := append([]string{"", ""}, queue...)
			want := position{i, padded[i+1], padded[i]}
			if p, found := place(children, own); p != want || !found {
				t.Fatalf("%q: %+v, found %t; the queue is %q", own, p, found, queue)
			}
		}
		if _, found := place(children, "lock-absent-1"); found && !slices.Contains(children, "lock-absent-1") {
			t.Fatalf("found what is not there in %q", children)
		}
		child := children[int(at)%len(children)]
		mine := byGUID(children, strings.TrimPrefix(strings.SplitN(child, "-", 2)[0], protection))
		if mine != "" && !slices.Contains(children, mine) {
			t.Fatalf("byGUID makes up %q", mine)
		}
	})
}

func TestLine(t *testing.T) {
	children := []string{"_c_a-lock-0000000012", "config", "b__lock__0000000003", "_c_b-lock-0000000003", "_c_x", "c-lock--2147483648"}
	got := line(children)
	want := []string{"c-lock--2147483648", "_c_b-lock-0000000003", "b__lock__0000000003", "_c_a-lock-0000000012"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for i, own := range got { // the three functions agree on the order
		p, found := place(children, own)
		if !found || p.ahead != i || i > 0 && p.before != got[i-1] {
			t.Errorf("%s is at %+v", own, p)
		}
	}
	if first(children) != got[0] || len(line(nil)) > 0 {
		t.Errorf("the first is %s", first(children))
	}
}
