package uptime

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
)

// during runs the work of one leader while script plays, then ends the leadership.
func during(t *testing.T, w *world, targets []string, script func(l *leader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := w.elect(t.Context(), fault{})
		done := make(chan struct{})
		go func() { // ends with the leadership, waited for below
			defer close(done)
			w.duty(l, targets...).Run(l)
		}()
		synctest.Wait()
		script(l)
		l.cancel()
		<-done
	})
}

func pass(d time.Duration) {
	time.Sleep(d) // virtual
	synctest.Wait()
}

func TestOneFailureOpensNothing(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop"}, func(*leader) {
		for range 3 {
			w.setDown("shop", true)
			pass(5 * time.Second)
			w.setDown("shop", false)
			pass(5 * time.Second)
		}
	})
	if story := w.story(); len(story) > 0 {
		t.Errorf("the webhook was told %v", story)
	}
}

func TestEveryTargetHasItsOwnIncident(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop", "bank", "mail"}, func(*leader) {
		w.setDown("shop", true)
		pass(11 * time.Second)
		w.setDown("bank", true)
		pass(11 * time.Second)
		w.setDown("shop", false)
		pass(11 * time.Second)
		w.setDown("bank", false)
		pass(11 * time.Second)
	})
	want := []string{"shop:open", "bank:open", "shop:close", "bank:close"}
	if story := w.story(); !slices.Equal(story, want) {
		t.Errorf("the webhook was told %v, want %v", story, want)
	}
}

func TestSecondOutageIsAnotherIncident(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop"}, func(*leader) {
		for range 2 {
			w.setDown("shop", true)
			pass(20 * time.Second)
			w.setDown("shop", false)
			pass(20 * time.Second)
		}
	})
	if len(w.received) != 4 || w.received[0].Incident == w.received[2].Incident {
		t.Errorf("the webhook was told %+v", w.received)
	}
}

func TestWebhookThatRefusesIsAskedAgain(t *testing.T) {
	w := newWorld()
	w.refuses = 7
	during(t, w, []string{"shop"}, func(*leader) {
		w.setDown("shop", true)
		pass(15 * time.Second)
		w.setDown("shop", false) // comes back before anybody has been told that it was down
		pass(2 * time.Minute)
	})
	if story := w.story(); !slices.Equal(story, []string{"shop:open", "shop:close"}) {
		t.Errorf("the webhook was told %v", story)
	}
	if w.incidents() > 0 || w.repeats > 0 {
		t.Errorf("%d incidents left, %d repetitions", w.incidents(), w.repeats)
	}
}

func TestRefusedDeliveryDoesNotWaitForTheNextCheck(t *testing.T) {
	w := newWorld()
	w.refuses = 1
	w.setDown("shop", true)
	during(t, w, []string{"shop"}, func(*leader) {
		pass(5*time.Second + 300*time.Millisecond) // checks at 0 and 5 s, refused at 5 s
		if story := w.story(); !slices.Equal(story, []string{"shop:open"}) {
			t.Errorf("the webhook was told %v", story)
		}
	})
}

func TestIncidentOfARemovedTargetIsClosed(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop", "bank"}, func(*leader) {
		w.setDown("bank", true)
		pass(20 * time.Second)
	})
	during(t, w, []string{"shop"}, func(*leader) { pass(time.Second) })
	if story := w.story(); !slices.Equal(story, []string{"bank:open", "bank:close"}) {
		t.Errorf("the webhook was told %v", story)
	}
}

// TestPausedLeaderDoesNothing is what Valid is for: a leader whose trust has run out must not act, even before
// anything has told it so.
func TestPausedLeaderDoesNothing(t *testing.T) {
	cases := map[string]func(w *world){
		"while all is well":        func(*world) {},
		"with a failure behind it": func(w *world) { w.setDown("shop", true); pass(6 * time.Second) },
		"with a delivery to repeat": func(w *world) {
			w.refuses = 1 << 30
			w.setDown("shop", true)
			pass(time.Minute)
		},
	}
	for name, before := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			during(t, w, []string{"shop"}, func(l *leader) {
				before(w)
				l.pause(true)
				effects := w.effects
				w.setDown("shop", true)
				pass(time.Minute)
				if w.effects != effects {
					t.Errorf("it did %d things", w.effects-effects)
				}
			})
		})
	}
}

// TestCheckAcrossAPauseSaysNothing: an instance that was stopped while it waited for an answer may find the connection
// closed or its patience at an end, which is no fault of the target's.
func TestCheckAcrossAPauseSaysNothing(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop"}, func(l *leader) {
		pass(time.Second)
		w.onCheck = func() { l.pause(true) }
		w.setDown("shop", true)
		for range 5 {
			pass(5 * time.Second)
			l.pause(false)
		}
	})
	if story := w.story(); len(story) > 0 {
		t.Errorf("the webhook was told %v", story)
	}
}

// TestServerThatIsBehind: the new leader's server may not have heard of the old leader's last writes yet. Reading it
// as it is would overlook an incident, which for a removed target nobody would ever close.
func TestServerThatIsBehind(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"bank"}, func(*leader) {
		w.setDown("bank", true)
		pass(20 * time.Second)
	})
	w.behind = map[string]node{"/uptime/incidents": {}}
	during(t, w, []string{"shop"}, func(*leader) { pass(time.Second) })
	if story := w.story(); !slices.Equal(story, []string{"bank:open", "bank:close"}) {
		t.Errorf("the webhook was told %v", story)
	}
}

// TestOvertakenLeaderCannotWrite is what Guard is for: even a leader that believes in itself leaves no trace in
// the store once another leads.
func TestOvertakenLeaderCannotWrite(t *testing.T) {
	w := newWorld()
	during(t, w, []string{"shop"}, func(*leader) {
		w.mu.Lock()
		w.term++
		w.mu.Unlock()
		w.setDown("shop", true)
		pass(time.Minute)
	})
	if w.incidents() > 0 || len(w.received) > 0 {
		t.Errorf("%d incidents written, the webhook was told %v", w.incidents(), w.story())
	}
}

func TestUnreadableIncidentStopsNobodyElse(t *testing.T) {
	for name, data := range map[string]string{"no JSON": "junk", "no id": "{}"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.nodes["/uptime/incidents"] = node{}
			w.nodes["/uptime/incidents/shop"] = node{data: []byte(data)}
			during(t, w, []string{"shop", "bank"}, func(*leader) {
				w.setDown("shop", true)
				w.setDown("bank", true)
				pass(20 * time.Second)
			})
			if story := w.story(); !slices.Equal(story, []string{"bank:open"}) {
				t.Errorf("the webhook was told %v", story)
			}
			if got := string(w.nodes["/uptime/incidents/shop"].data); got != data {
				t.Errorf("the unreadable node was overwritten with %s", got)
			}
		})
	}
}

func TestFirstLeaderWaitsForTheStore(t *testing.T) {
	w := newWorld()
	tree := &brokenTree{world: w, failures: 5}
	synctest.Test(t, func(t *testing.T) {
		l := w.elect(t.Context(), fault{})
		duty := w.duty(l, "shop")
		duty.Store.Tree = tree
		w.setDown("shop", true)
		time.AfterFunc(time.Minute, l.cancel)
		duty.Run(l)
	})
	if story := w.story(); !slices.Equal(story, []string{"shop:open"}) {
		t.Errorf("the webhook was told %v", story)
	}
}

// brokenTree fails its first few listings.
type brokenTree struct {
	*world
	failures int
}

func (b *brokenTree) Children(path string) ([]string, *zk.Stat, error) {
	if b.failures > 0 {
		b.failures--
		return nil, nil, errors.New("no server")
	}
	return b.world.Children(path)
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sleep(ctx, time.Hour) || sleep(ctx, 0) {
		t.Error("sleep outlived its context")
	}
}

func TestBackoff(t *testing.T) {
	b := backoff{first: 100 * time.Millisecond, last: 3 * time.Second}
	for i, longest := range []time.Duration{100, 200, 400, 800, 1600, 3000, 3000} {
		longest *= time.Millisecond
		if got := b.next(); got > longest || got < longest*3/4 {
			t.Errorf("attempt %d after %v, want between %v and %v", i, got, longest*3/4, longest)
		}
	}
	b.failures = 1 << 20
	if got := b.next(); got > b.last || got <= 0 {
		t.Errorf("after very many failures %v", got)
	}
	b.reset()
	if got := b.next(); got > b.first {
		t.Errorf("after a reset %v", got)
	}
}
