package instance

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
)

// Name is what the fleet's members contend for, below their root.
const Name = "notifier"

// library is an instance that leads with this library.
type library struct {
	journal     *journal
	coordinator *zookeeper.Coordinator
	latest      atomic.Pointer[zookeeper.Leadership]
}

func newLibrary(s settings, j *journal) *library {
	return &library{journal: j, coordinator: &zookeeper.Coordinator{
		Log: debugLog(),
		Config: zookeeper.Config{
			Servers:        s.servers,
			RootPath:       s.root,
			SessionTimeout: s.timeout,
			ConnectTimeout: -1, // there may be no server yet
			ID:             s.id,
			Dial:           newRoute(j, s.servers).dialContext,
		},
	}}
}

// debugLog writes everything to the standard error, with the times of the records.
func debugLog() *zap.Logger {
	config := zap.NewDevelopmentEncoderConfig()
	config.EncodeTime = func(_ time.Time, out zapcore.PrimitiveArrayEncoder) { out.AppendInt64(Now().Nanoseconds()) }
	return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(config), zapcore.Lock(os.Stderr), zap.DebugLevel))
}

func (l *library) run(ctx context.Context) error {
	zc := l.coordinator
	zc.Configure()
	if err := zc.Start(); err != nil {
		return err
	}
	led := make(chan error, 1)
	go func() { led <- zc.App.Lead(context.Background(), Name, l.work) }() // ends with the coordinator
	believed := make(chan struct{})
	go func() { // ends with the coordinator
		defer close(believed)
		l.believe()
	}()
	<-ctx.Done()
	l.journal.note(Stopped, 0, "asked")
	err := zc.Stop()
	if leading := <-led; !errors.Is(leading, zookeeper.ErrStopped) {
		err = errors.Join(err, leading)
	}
	<-believed
	l.journal.note(Stopped, 0, "done")
	return err
}

// work is a term: it acts as long as it may.
func (l *library) work(leadership *zookeeper.Leadership) error {
	term := leadership.Term()
	l.latest.Store(leadership)
	l.journal.note(Started, term, "")
	beat := time.NewTicker(Beat)
	defer beat.Stop()
	for {
		if leadership.Valid() {
			l.journal.note(Action, term, time.Until(leadership.Deadline()).String())
		}
		select {
		case <-beat.C:
		case <-leadership.Context().Done():
			cause := context.Cause(leadership.Context())
			l.journal.note(Ended, term, cause.Error())
			return nil
		}
	}
}

// believe notes the sessions as the application sees them.
func (l *library) believe() {
	for {
		session, err := l.coordinator.App.Session(context.Background())
		if err != nil {
			return
		}
		l.journal.note(Belief, 0, "session established")
		<-session.Done()
		l.journal.note(Belief, 0, context.Cause(session).Error())
	}
}

func (l *library) guard() {
	leadership := l.latest.Load()
	if leadership == nil {
		l.journal.note(Guarded, 0, "never led")
		return
	}
	verdict := GuardPassed
	if _, err := leadership.Guard(); err != nil {
		verdict = err.Error()
	}
	l.journal.note(Guarded, leadership.Term(), verdict)
}
