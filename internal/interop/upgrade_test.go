package interop

import (
	"fmt"
	"testing"
)

// TestRollingUpgrade replaces old Burrow instances, which hold go-zookeeper's Lock at root + "/notifier", by new ones
// that Lead("notifier"), one after the other, and takes one back in the end. At every step all of them are at work, and
// whoever leaves is shut down while it holds the lock or waits for it.
func TestRollingUpgrade(t *testing.T) {
	const steps = 80 // hand-overs per stage, each way
	c := newContest(t)
	var old, young []*team
	started := 0
	start := func() (who string) {
		started++
		return fmt.Sprintf("instance-%d", started)
	}
	startOld := func() { old = append(old, c.gozkInstance("old", start(), theLock)) }
	startNew := func() { young = append(young, c.leader("new", start())) }
	retire := func(fleet *[]*team) {
		c.retire((*fleet)[0])
		*fleet = (*fleet)[1:]
	}
	mixed := exchanged(steps, []string{"old"}, []string{"new"})
	only := func(kind string) goal {
		return exchanged(steps, []string{kind}, []string{kind})
	}

	for range 3 {
		startOld()
	}
	c.until(only("old"))
	for len(old) > 1 {
		retire(&old)
		startNew()
		c.until(mixed)
	}
	retire(&old)
	startNew()
	c.until(only("new"))
	retire(&young)
	startOld()
	c.until(mixed)
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
}
