package player

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
)

// The kinds of client in Go.
const (
	Campaign = "library-campaign" // Campaign and Resign
	Lock     = "library-lock"     // NewLock's Lock and Unlock
	GoZK     = "go-zk-lock"       // go-zookeeper's Lock
	Raw      = "raw"              // a zk.Conn that contends for nothing
)

// openers open a session each, and return when it is established.
var openers = map[string]func(Settings) (Candidate, error){
	Campaign: openCampaign,
	Lock:     openLock,
	GoZK:     openGoZK,
	Raw:      openRaw,
}

// Coordinator starts a coordinator that works at the lock's path.
func Coordinator(s Settings) (*zookeeper.Coordinator, error) {
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{
		Servers: []string{s.Server}, RootPath: path.Dir(s.Path), SessionTimeout: s.Timeout,
	}}
	zc.Configure()
	return zc, zc.Start()
}

type campaign struct {
	zc      *zookeeper.Coordinator
	name    string
	leading *zookeeper.Leadership
}

func openCampaign(s Settings) (Candidate, error) {
	zc, err := Coordinator(s)
	if err != nil {
		return nil, err
	}
	return &campaign{zc: zc, name: path.Base(s.Path)}, nil
}

func (c *campaign) Acquire() (err error) {
	c.leading, err = c.zc.App.Campaign(context.Background(), c.name)
	return err
}

func (c *campaign) Release() error { return c.leading.Resign() }
func (c *campaign) Close()         { c.zc.Stop() }

type libraryLock struct {
	zookeeper.ZookeeperLock
	zc *zookeeper.Coordinator
}

func openLock(s Settings) (Candidate, error) {
	zc, err := Coordinator(s)
	if err != nil {
		return nil, err
	}
	return &libraryLock{ZookeeperLock: zc.App.Zookeeper.NewLock(s.Path), zc: zc}, nil
}

func (l *libraryLock) Acquire() error { return l.Lock() }
func (l *libraryLock) Release() error { return l.Unlock() }
func (l *libraryLock) Close()         { l.zc.Stop() }

// Connect opens a zk.Conn and returns when it has a session.
func Connect(s Settings) (*zk.Conn, error) {
	established := make(chan struct{}, 1)
	conn, _, err := zk.Connect([]string{s.Server}, s.Timeout, zk.WithLogInfo(false), zk.WithEventCallback(func(ev zk.Event) {
		if ev.State == zk.StateHasSession {
			select {
			case established <- struct{}{}:
			default:
			}
		}
	}))
	if err != nil {
		return nil, err
	}
	select {
	case <-established:
		return conn, nil
	case <-time.After(10 * time.Second):
		conn.Close()
		return nil, fmt.Errorf("no session with %s within 10 s", s.Server)
	}
}

type goZK struct {
	*zk.Lock
	conn *zk.Conn
}

func openGoZK(s Settings) (Candidate, error) {
	conn, err := Connect(s)
	if err != nil {
		return nil, err
	}
	return &goZK{Lock: zk.NewLock(conn, s.Path, zk.WorldACL(zk.PermAll)), conn: conn}, nil
}

func (g *goZK) Acquire() error { return g.Lock.Lock() }
func (g *goZK) Release() error { return g.Lock.Unlock() }
func (g *goZK) Close()         { g.conn.Close() }

type raw struct{ conn *zk.Conn }

func openRaw(s Settings) (Candidate, error) {
	conn, err := Connect(s)
	if err != nil {
		return nil, err
	}
	return &raw{conn}, nil
}

var errRaw = errors.New("a raw connection contends for nothing")

func (r *raw) Acquire() error { return errRaw }
func (r *raw) Release() error { return errRaw }
func (r *raw) Close()         { r.conn.Close() }
