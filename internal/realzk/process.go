package realzk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopLimit is how long a server may take to end in good order before it is killed. It needs 0.1 s.
const stopLimit = 10 * time.Second

// debianJar is where Debian's libzookeeper-java puts the server; its manifest names nearly all that it needs.
const debianJar = "/usr/share/java/zookeeper.jar"

// debianRest is what the manifest leaves out, though libzookeeper-java depends on the packages: a logger that writes to
// the standard error, and those parts of Netty that it takes to serve TLS.
var debianRest = []string{
	"/usr/share/java/slf4j-simple.jar",
	"/usr/share/java/netty-codec.jar",
	"/usr/share/java/netty-resolver.jar",
	"/usr/share/java/netty-transport-native-unix-common.jar",
}

// installed is a ZooKeeper on this machine's disk.
type installed struct {
	java      string
	classPath []string
	from      string // what a reader recognises it by
}

func findInstalled(bool) (way, error) {
	in := &installed{java: "java"}
	if home := os.Getenv("JAVA_HOME"); home != "" {
		in.java = filepath.Join(home, "bin", "java")
	}
	java, err := exec.LookPath(in.java)
	if err != nil {
		return nil, absent("no java: %w", err)
	}
	in.java = java

	if home := os.Getenv("ZOOKEEPER_HOME"); home != "" {
		lib := filepath.Join(home, "lib")
		if jars, _ := filepath.Glob(filepath.Join(lib, "zookeeper-*.jar")); len(jars) == 0 {
			return nil, fmt.Errorf("ZOOKEEPER_HOME=%s: no lib/zookeeper-*.jar there", home)
		}
		in.from, in.classPath = home, []string{filepath.Join(lib, "*")}
		return in, nil
	}
	if _, err := os.Stat(debianJar); err != nil {
		return nil, absent("neither ZOOKEEPER_HOME nor %s", debianJar)
	}
	in.from, in.classPath = debianJar, append([]string{debianJar}, debianRest...)
	return in, nil
}

func (in *installed) how() string { return "installed: " + in.from }

func (in *installed) newHost(s settings) (string, host, error) {
	p, err := holdPort()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "realzk-")
	if err != nil {
		return "", nil, errors.Join(err, p.release())
	}
	proc := &process{port: p, dir: dir}
	if proc.watch, err = atTheEnd("rm", "-rf", dir); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir), p.release())
	}
	if err := proc.prepare(in, s); err != nil {
		return "", nil, errors.Join(err, proc.close())
	}
	return p.addr(), proc, nil
}

// process is a server as a child process, with its configuration, data and log in a directory of its own.
// No goroutine belongs to it, so it may live across tests that check for leaked ones.
type process struct {
	port  port
	dir   string
	watch *watch // removes dir
	argv  []string

	cmd   *exec.Cmd
	alive *os.File // the child holds the other end, so this one reads EOF when it has ended
}

func (p *process) prepare(in *installed, s settings) error {
	data := filepath.Join(p.dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		return err
	}
	files := s.confFiles(p.port.number, p.dir, data)
	if s.id > 0 {
		files[filepath.Join("data", "myid")] = fmt.Sprintln(s.id)
	}
	if err := writeFiles(p.dir, files); err != nil {
		return err
	}
	classPath := append([]string{p.dir}, in.classPath...)
	p.argv = append([]string{in.java, "-cp", strings.Join(classPath, string(os.PathListSeparator))}, s.jvmFlags()...)
	p.argv = append(p.argv, "org.apache.zookeeper.server.quorum.QuorumPeerMain", filepath.Join(p.dir, "zoo.cfg"))
	return nil
}

func (p *process) logPath() string { return filepath.Join(p.dir, "log") }

func (p *process) start() error {
	log, err := os.OpenFile(p.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	alive, childs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childs.Close()
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{childs}
	cmd.SysProcAttr = childAttr()
	if err := cmd.Start(); err != nil {
		return errors.Join(err, alive.Close())
	}
	p.cmd, p.alive = cmd, alive
	return nil
}

func (p *process) exited() bool { return p.endsWithin(time.Millisecond) }

// endsWithin waits for the child's end of the pipe to close, which the kernel does when the child has ended.
func (p *process) endsWithin(limit time.Duration) bool {
	p.alive.SetReadDeadline(time.Now().Add(limit))
	_, err := p.alive.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

func (p *process) stop() error {
	// A frozen process would not hear of it.
	if err := p.signal(syscall.SIGCONT, syscall.SIGTERM); err != nil {
		return err
	}
	p.endsWithin(stopLimit)
	return p.kill()
}

func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	var ended *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		return err
	}
	p.cmd = nil
	return p.alive.Close()
}

func (p *process) freeze() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(stopLimit); !stopped(p.cmd.Process.Pid); <-poll.C {
		if time.Now().After(deadline) {
			return fmt.Errorf("it has not come to a stop after %s", stopLimit)
		}
	}
	return nil
}

func (p *process) thaw() error { return p.signal(syscall.SIGCONT) }

func (p *process) signal(signals ...os.Signal) error {
	for _, sig := range signals {
		if err := p.cmd.Process.Signal(sig); err != nil {
			return fmt.Errorf("%s: %w", sig, err)
		}
	}
	return nil
}

func (p *process) output() string {
	log, err := os.ReadFile(p.logPath())
	if err != nil {
		return err.Error()
	}
	return tail(log)
}

func (p *process) close() error {
	var err error
	if p.cmd != nil {
		err = p.kill()
	}
	return errors.Join(err, p.watch.end(), p.port.release())
}

// tail is the last few thousand bytes of a log, in whole lines.
func tail(log []byte) string {
	const most = 4000
	if len(log) > most {
		log = log[len(log)-most:]
		if i := strings.IndexByte(string(log), '\n'); i >= 0 {
			log = log[i+1:]
		}
	}
	return string(log)
}
