package zookeeper

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"
)

// TestEndOfASession: what has been asked for is answered before the connection is closed, if that is soon, and nothing is
// asked any more from then on.
func TestEndOfASession(t *testing.T) {
	for name, c := range map[string]struct {
		delay time.Duration // of every answer
		want  error
		least time.Duration
		most  time.Duration
	}{
		"soon":  {settled / 2, nil, settled / 2, 2 * settled},
		"never": {time.Hour, zk.ErrConnectionClosed, settled, 3 * time.Second}, // the library waits a second for its own
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zc, net := connected(t)
				s := zc.App.current.Load().session
				net.Delay(c.delay)
				answered := make(chan error, 1)
				go func() {
					_, _, err := zc.App.Zookeeper.Get("/")
					answered <- err
				}()
				synctest.Wait()
				begun := time.Now()
				if err := zc.Stop(); err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took < c.least || took > c.most {
					t.Errorf("Stop took %v", took)
				}
				if err := <-answered; !errors.Is(err, c.want) {
					t.Errorf("the request under way: %v, want %v", err, c.want)
				}

				if _, _, err := zc.App.Zookeeper.Get("/"); !errors.Is(err, zk.ErrClosing) {
					t.Errorf("a request after Stop: %v", err)
				}
				asked := false
				_, err := do(context.Background(), s, func(*zk.Conn) (bool, error) {
					asked = true
					return true, nil
				})
				if !errors.Is(err, ErrStopped) || asked {
					t.Errorf("a request of our own: %v, made: %t", err, asked)
				}
				if err := s.prove("/"); !errors.Is(err, zk.ErrClosing) {
					t.Errorf("a proof: %v", err)
				}
				if _, err := (leftover{session: s, dir: "/", path: "/x"}).delete(s); !errors.Is(err, zk.ErrClosing) {
					t.Errorf("a deletion: %v", err)
				}
			})
		})
	}
}
