//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// TestMain makes the test binary the stand-in when it is called by that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == standInName {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("myid", "2\n")
	ensemble := fmt.Sprintf("tickTime=500\n# a comment\nsyncLimit=7\ndataDir=%s\nclientPort=2181\nserver.1=a:1:2\nserver.2=b:1:2\n", dir)
	for name, c := range map[string]struct {
		text  string
		want  config
		fails bool
	}{
		"alone":     {text: "dataDir=/d\nclientPort=1\n", want: config{DataDir: "/d", Addr: "127.0.0.1:1", Number: 1, Members: 1, Tick: 2 * time.Second, SyncLimit: 5, Super: "super:x="}},
		"ensemble":  {text: ensemble, want: config{DataDir: dir, Addr: "127.0.0.1:2181", Number: 2, Members: 2, Tick: 500 * time.Millisecond, SyncLimit: 7, Super: "super:x="}},
		"no data":   {text: "clientPort=1\n", fails: true},
		"no port":   {text: "dataDir=/d\n", fails: true},
		"not in it": {text: strings.Replace(ensemble, "server.2", "#", 1) + "server.3=c\n" + "dataDir=/nowhere\n", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readConfig(write("zoo.cfg", c.text), "-Da=b -Dzookeeper.DigestAuthenticationProvider.superDigest=super:x=")
			if (err != nil) != c.fails || err == nil && got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// member is one process of a cluster.
type member struct {
	cmd  *exec.Cmd
	cfg  string
	addr string
}

func (m *member) start(t *testing.T) {
	t.Helper()
	m.cmd = &exec.Cmd{Path: os.Args[0], Args: []string{standInName, "start-foreground", m.cfg}, Stderr: os.Stderr}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func (m *member) kill() {
	m.cmd.Process.Kill()
	m.cmd.Wait()
}

// TestACluster starts a cluster of processes as the suite does, kills some and then all of them, and starts them again.
func TestACluster(t *testing.T) {
	dir := t.TempDir()
	var members []*member
	var addrs []string
	for n := 1; n <= 3; n++ {
		data := filepath.Join(dir, fmt.Sprint("srv", n))
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		port := freePort(t)
		cfg := fmt.Sprintf("dataDir=%s\nclientPort=%d\ntickTime=200\nserver.1=h:1:2\nserver.2=h:3:4\nserver.3=h:5:6\n", data, port)
		m := &member{cfg: filepath.Join(data, "zoo.cfg"), addr: fmt.Sprint("127.0.0.1:", port)}
		for name, text := range map[string]string{"zoo.cfg": cfg, "myid": fmt.Sprint(n)} {
			if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		members, addrs = append(members, m), append(addrs, m.addr)
		m.start(t)
		t.Cleanup(m.kill)
	}
	c, _, err := zk.Connect(addrs, 4*time.Second, zk.WithLogInfo(false), zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	create := func(path string) {
		t.Helper()
		var err error
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if _, err = c.Create(path, nil, 0, zk.WorldACL(zk.PermAll)); err == nil || err == zk.ErrNodeExists {
				return
			}
		}
		t.Fatalf("create %s: %v", path, err)
	}
	create("/a")
	for _, m := range members { // one after the other, whoever leads
		m.kill()
		if nc, err := net.Dial("tcp", m.addr); err == nil {
			nc.Close()
			t.Errorf("%s still takes clients", m.addr)
		}
		create("/without-" + filepath.Base(filepath.Dir(m.cfg)))
		m.start(t)
		create("/with-" + filepath.Base(filepath.Dir(m.cfg)))
	}
	for _, m := range members {
		m.kill()
	}
	for _, m := range members {
		m.start(t)
	}
	create("/again")
	if there, _, err := c.Exists("/a"); !there || err != nil {
		t.Errorf("the data is gone: %v", err)
	}
}

func freePort(t *testing.T) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
