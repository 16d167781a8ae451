package realzk

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// settings is what one server is started with.
type settings struct {
	via   string // as ZOOKEEPER_VIA; empty: the environment's
	tick  time.Duration
	fsync bool
	lines []string // further lines of zoo.cfg
	jvm   []string // further flags of the JVM

	secure *secure // nil: no TLS

	id    int      // the server's number in its ensemble; 0 if it stands alone
	peers []string // its "server.N=..." lines
}

// Option changes how a server is started. A server that was already running (ZOOKEEPER_SERVERS) has the
// settings it has.
type Option func(*settings)

// TickTime sets ZooKeeper's clock; the default is ZooKeeper's own, two seconds. Sessions are granted between
// 2 and 20 ticks and expire on the grid of the tick.
func TickTime(d time.Duration) Option { return func(s *settings) { s.tick = d } }

// ConfigLines adds lines to zoo.cfg, such as "maxSessionTimeout=60000". A line given here wins over the harness's own.
func ConfigLines(lines ...string) Option {
	return func(s *settings) { s.lines = append(s.lines, lines...) }
}

// Fsync makes the server write its log through to the disk before it answers. By default it does not: a test
// outlives no power failure, and the disk of a shared machine is the slowest thing in it.
func Fsync() Option { return func(s *settings) { s.fsync = true } }

// JVMFlags adds flags to the server's JVM, after the harness's own.
func JVMFlags(flags ...string) Option {
	return func(s *settings) { s.jvm = append(s.jvm, flags...) }
}

// Via allows one way of having a server alone, "servers", "docker" or "installed", whatever ZOOKEEPER_VIA says.
func Via(way string) Option { return func(s *settings) { s.via = way } }

func newSettings(opts []Option) settings {
	s := settings{tick: 2 * time.Second}
	for _, o := range opts {
		o(&s)
	}
	return s
}

// confFiles are the files of the server's configuration directory.
func (s settings) confFiles(port int, confDir, dataDir string) map[string]string {
	files := maps.Clone(logConfigs)
	if s.secure != nil {
		maps.Copy(files, s.secure.files())
	}
	files["zoo.cfg"] = s.zooCfg(port, confDir, dataDir)
	return files
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// zooCfg renders the server's zoo.cfg.
func (s settings) zooCfg(port int, confDir, dataDir string) string {
	lines := []string{
		fmt.Sprintf("tickTime=%d", s.tick.Milliseconds()),
		"initLimit=10",
		"syncLimit=5",
		"dataDir=" + dataDir,
		"clientPortAddress=127.0.0.1",
		fmt.Sprintf("clientPort=%d", port),
		"admin.enableServer=false",
		"4lw.commands.whitelist=*",
		"maxClientCnxns=0", // the default of 60 per address starves a larger test
		"preAllocSize=64",  // kB of log file laid out in advance; the default of 64 MB is slow to start with
	}
	if !s.fsync {
		lines = append(lines, "forceSync=no")
	}
	lines = append(lines, s.peers...)
	if s.secure != nil {
		lines = append(lines, s.secure.lines(confDir)...)
	}
	// Properties has the last of two equal keys win.
	return strings.Join(append(lines, s.lines...), "\n") + "\n"
}

// jvmFlags are chosen for a quick start and a small heap: a test server lives for seconds.
func (s settings) jvmFlags() []string {
	return append([]string{
		"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:-UsePerfData",
		"-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
		"-Dorg.slf4j.simpleLogger.showShortLogName=true", "-Dorg.slf4j.simpleLogger.log." + chatty + "=warn",
	}, s.jvm...)
}

// chatty logs every four-letter command, and the harness asks many times a second.
const chatty = "org.apache.zookeeper.server.NIOServerCnxn"

// logConfigs are the files, one per logging backend that a ZooKeeper may come with, that send its log to the
// standard output. (Debian's has slf4j-simple, which is configured by the JVM's flags.)
var logConfigs = map[string]string{
	"logback.xml": `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss.SSS} %-5level [%thread] %logger{0} %msg%n</pattern></encoder>
  </appender>
  <logger name="` + chatty + `" level="WARN"/>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`,
	"log4j.properties": `log4j.rootLogger=INFO, OUT
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d{HH:mm:ss,SSS} %-5p [%t] %c{1} %m%n
log4j.logger.` + chatty + `=WARN
`,
}
