package zookeeper

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"burrow.example/zookeeper/internal/dial"
)

// loop is the event loop. It handles what the sessions report, in order, until Stop.
func (zc *Coordinator) loop() {
	defer close(zc.halted)
	for range zc.queue.ready {
		for _, ev := range zc.queue.take() {
			if zc.handle(ev) == Stopped {
				return
			}
		}
	}
}

// handle applies one event, and returns the state after it.
func (zc *Coordinator) handle(ev event) State {
	state := zc.App.State()
	if ev.kind == question {
		zc.pulse.answer()
		return state
	}
	if ev.kind != stop && ev.session != zc.session {
		return state // of a session that was given up already
	}
	if ev.during != nil && ev.during != zc.App.current.Load() {
		return state // the alarm went off as the state changed
	}
	if ev.kind == established && state == Suspended && ev.link.SessionID != zc.session.id {
		ev.kind, ev.cause = expired, ErrSessionExpired // the server made another of it
	}
	to, ok := next(state, ev.kind)
	if !ok {
		return state
	}
	zc.enter(to, ev)
	return to
}

// enter makes the transition: flag, cond, status, and what the new state asks for. It is called by the event loop;
// without one, by Stop.
func (zc *Coordinator) enter(to State, ev event) {
	app, s := zc.App, zc.session
	st := app.current.Load().then(to)
	switch to {
	case Connected:
		if st.session == nil {
			s.id, s.timeout = ev.link.SessionID, ev.link.Timeout
		}
		st.session, st.cause = s, nil
		st.link++
	case Expired:
		st.session, st.cause = nil, ev.cause
	case Stopped:
		st.session, st.cause = nil, ErrStopped
	}
	previous := app.current.Load()

	app.ZookeeperExpired.L.Lock()
	app.ZookeeperConnected = to.live()
	app.current.Store(st)
	if to == Expired || to == Stopped {
		app.ZookeeperExpired.Broadcast()
	}
	app.ZookeeperExpired.L.Unlock()

	if zc.alarm != nil {
		zc.alarm.Stop()
	}
	zc.tally.enter(previous.state, st)
	switch to {
	case Connected:
		s.lease.Up(ev.link)
		zc.log.Info(to.String(), zap.Stringer("from", previous.state), zap.String("server", ev.link.Server),
			sessionField(s.id), zap.Duration("timeout", ev.link.Timeout))
	case Suspended:
		s.lease.Down()
		zc.alarm = time.AfterFunc(s.timeout, func() {
			zc.queue.put(event{session: s, kind: expired, cause: ErrSuspended, during: st})
		})
		zc.log.Info(to.String(), zap.Stringer("from", previous.state), zap.String("server", s.dialer.Link().Server),
			sessionField(s.id))
	case Expired:
		s.end(ev.cause)
		zc.log.Warn(to.String(), zap.Stringer("from", previous.state), sessionField(s.id), zap.Error(ev.cause))
		// It is not ended on the server: work may still be running that must not have a successor beside it, and what the
		// session leaves behind is deleted by name.
		zc.tasks.spawn(func() { s.close(false) })
		zc.session = zc.open()
	case Stopped:
		if s != nil {
			s.end(ErrStopped)
		}
		zc.log.Info(to.String(), zap.Stringer("from", previous.state))
	}
	close(previous.changed)
}

func (zc *Coordinator) kicked(link dial.Link) {
	zc.tally.kick()
	zc.log.Info("connection dropped: no answer to the proof of the session", zap.String("server", link.Server))
}

func sessionField(id int64) zap.Field { return zap.String("session", fmt.Sprintf("%#x", uint64(id))) }
