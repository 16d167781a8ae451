package interop

import "testing"

// enough is how many hand-overs each way a test asks for: between ours and the peer, and between any two kinds.
const (
	enough     = 250
	enoughPair = 25
)

// TestPeerAndOurs has each kind of peer contend with everything of ours, for as long as it takes to hand over a few
// hundred times each way. Neither may ever be in the room at the same time as anybody else.
func TestPeerAndOurs(t *testing.T) {
	for _, peer := range []struct {
		kind string
		join func(*contest)
	}{
		{kazooKind, func(c *contest) { c.kazoo(theLock, ourPattern) }},
		{curatorKind, func(c *contest) { c.curator(4, theLock) }},
		{gozkKind, func(c *contest) { c.gozk(4, theLock) }},
	} {
		t.Run(peer.kind, func(t *testing.T) {
			c := newContest(t)
			peer.join(c)
			c.instances(2)
			theirs := []string{peer.kind}
			goals := []goal{exchanged(enough, ourKinds, theirs)}
			for _, kind := range ourKinds {
				goals = append(goals, exchanged(enoughPair, []string{kind}, theirs))
			}
			c.until(all(goals...))
			if err := c.finish(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAllKindsTogether has everyone contend for one lock, until every kind has handed over to every other.
func TestAllKindsTogether(t *testing.T) {
	c := newContest(t)
	c.curator(2, theLock, "kazoo")
	c.kazoo(theLock, ourPattern)
	c.gozk(2, theLock)
	c.instances(1)

	theirs := []string{kazooKind, curatorKind, gozkKind}
	goals := []goal{exchanged(enough, ourKinds, theirs)}
	for i, one := range theirs {
		goals = append(goals, exchanged(enoughPair, ourKinds, []string{one}))
		for _, other := range theirs[i+1:] {
			goals = append(goals, exchanged(enoughPair, []string{one}, []string{other}))
		}
	}
	c.until(all(goals...))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
}
