package conformance

import (
	"slices"
	"strings"
	"testing"

	"burrow.example/zookeeper/zktest"
)

// TestWords compares the answers to four-letter words.
func TestWords(t *testing.T) {
	want, err := Words(realServer(t).Addr())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Words(zktest.RunT(t).Addr())
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		w, g := want[i].Fields, got[i].Fields
		if want[i].Step == "mntr" { // of its hundreds of numbers zktest has those that are about clients
			w = slices.DeleteFunc(slices.Clone(w), func(key string) bool { return !slices.Contains(g, key) })
			slices.Sort(w)
			slices.Sort(g)
			if len(g) < 15 {
				t.Errorf("mntr: only %d numbers", len(g))
			}
		}
		if !slices.Equal(w, g) {
			t.Errorf("%s\n--- real\n%s\n--- zktest\n%s", want[i].Step, strings.Join(w, ""), strings.Join(g, ""))
		}
	}
}
