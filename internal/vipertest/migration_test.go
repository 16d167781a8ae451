package vipertest

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/viper"
	"go.uber.org/zap"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/zktest"
)

// The code of docs/from-burrow.md: an application of Burrow's kind, its module as it was and as it gets better.

type ApplicationContext struct {
	*zookeeper.ApplicationContext
	Logger *zap.Logger
}

// coordinator is what Burrow asks of each of its coordinators.
type coordinator interface {
	Configure()
	Start() error
	Stop() error
}

func newCoordinators(app *ApplicationContext) ([]coordinator, error) {
	config, err := zookeeper.BurrowConfig(viper.GetViper())
	if err != nil {
		return nil, err
	}
	app.ApplicationContext = new(zookeeper.ApplicationContext)
	return []coordinator{
		&zookeeper.Coordinator{
			App:    app.ApplicationContext,
			Log:    app.Logger.With(zap.String("name", "zookeeper")),
			Config: config,
		},
	}, nil
}

// evaluator is a module.
type evaluator struct {
	App    *ApplicationContext
	quit   atomic.Bool
	checks atomic.Int64

	mu    sync.Mutex
	tells []string
}

func (e *evaluator) tell(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tells = append(e.tells, what)
}

func (e *evaluator) told() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.tells, " ")
}

func (e *evaluator) startEvaluating() { e.tell("start") }

func (e *evaluator) stopEvaluating() { e.tell("stop") }

func (e *evaluator) checkGroups() { e.checks.Add(1) }

// evaluate works until there is an end to it, and asks before every single action.
func (e *evaluator) evaluate(l *zookeeper.Leadership) error {
	e.startEvaluating()
	defer e.stopEvaluating()
	for l.Valid() {
		e.checkGroups()
		select {
		case <-l.Context().Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// atOnce is the module as it is written for Burrow, but that it ends, and reads the flag without a race.
type atOnce struct{ *evaluator }

func (e atOnce) manageEvalLoop() {
	lock := e.App.Zookeeper.NewLock(e.App.ZookeeperRoot + "/notifier")
	for !e.quit.Load() {
		time.Sleep(100 * time.Millisecond)
		if err := lock.Lock(); err != nil {
			e.App.Logger.Warn("failed to get zk lock", zap.Error(err))
			continue
		}
		e.startEvaluating()

		e.App.ZookeeperExpired.L.Lock()
		e.App.ZookeeperExpired.Wait()
		e.App.ZookeeperExpired.L.Unlock()
		e.stopEvaluating()

		for !e.App.Connected() && !e.quit.Load() {
			time.Sleep(100 * time.Millisecond)
		}
		if err := lock.Unlock(); err != nil {
			panic(err)
		}
	}
}

// guarded has its work done by Lead.
type guarded struct{ *evaluator }

func (e guarded) manageEvalLoop(ctx context.Context) error {
	return e.App.Lead(ctx, "notifier", e.evaluate)
}

func TestMigration(t *testing.T) {
	for name, loop := range map[string]func(e *evaluator){
		"at once": func(e *evaluator) { atOnce{e}.manageEvalLoop() },
		"better":  func(e *evaluator) { guarded{e}.manageEvalLoop(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(viper.Reset)
			synctest.Test(t, func(t *testing.T) {
				server := zktest.RunT(t, zktest.InMemory())
				viper.Set("zookeeper.servers", server.Addrs())
				viper.Set("zookeeper.timeout", 6)
				app := &ApplicationContext{Logger: zap.NewNop()}
				all, err := newCoordinators(app)
				if err != nil {
					t.Fatal(err)
				}
				zc := all[0].(*zookeeper.Coordinator)
				zc.Config.Dial = server.Dial // there is no network in a bubble
				all[0].Configure()
				if err := all[0].Start(); err != nil {
					t.Fatal(err)
				}
				e := &evaluator{App: app}
				done := make(chan struct{})
				go func() { defer close(done); loop(e) }()
				time.Sleep(time.Minute)
				server.ExpireSession(zc.Stats().SessionID)
				time.Sleep(time.Minute)
				e.quit.Store(true)
				if err := all[0].Stop(); err != nil {
					t.Error(err)
				}
				<-done
				if checks := e.checks.Load(); name == "better" && (checks < 110 || checks > 130) {
					t.Errorf("%d checks in two minutes, of one a second", checks)
				}
				if told := e.told(); told != "start stop start stop" {
					t.Errorf("the module tells %q", told)
				}
			})
		})
	}
}
