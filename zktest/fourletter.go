package zktest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// version is what clients and monitors are told; the behaviour is that of this release. The date has the form of
// releases up to 3.6, since it is the only one that go-zookeeper's FLWSrvr can read.
const version = "3.8.0-zktest, built on 02/25/2022 08:49 UTC"

const notServing = "This ZooKeeper instance is not currently serving requests\n"

// words maps each four-letter word to what answers it. A nil entry is answered even by a member that serves
// nobody.
var words = map[string]func(m *Member, b *strings.Builder){
	"ruok": nil, "isro": nil, "envi": nil,
	"srvr": (*Member).wordServer,
	"stat": (*Member).wordStat,
	"mntr": (*Member).wordMonitor,
	"cons": (*Member).wordConns,
	"dump": (*Member).wordDump,
	"conf": (*Member).wordConf,
	"wchs": (*Member).wordWatches,
	"wchc": (*Member).wordWatchesByConn,
	"wchp": (*Member).wordWatchesByPath,
	"srst": (*Member).wordResetServer,
	"crst": (*Member).wordResetConns,
}

func isWord(s string) bool {
	_, ok := words[s]
	return ok
}

// word answers a four-letter word.
func (m *Member) word(w string) string {
	b := &strings.Builder{}
	answer := words[w]
	switch {
	case w == "ruok":
		return "imok"
	case w == "isro" && m.serving():
		return "rw"
	case w == "isro":
		return "null"
	case w == "envi":
		m.wordEnvironment(b)
	case !m.serving():
		return notServing
	default:
		answer(m, b)
	}
	return b.String()
}

// mode is what "srvr" calls the member.
func (m *Member) mode() string {
	if len(m.s.members) == 1 {
		return "standalone"
	}
	return m.role.String()
}

func (m *Member) wordServer(b *strings.Builder) {
	fmt.Fprintf(b, "Zookeeper version: %s\n", version)
	m.wordCounts(b)
}

func (m *Member) wordStat(b *strings.Builder) {
	fmt.Fprintf(b, "Zookeeper version: %s\nClients:\n", version)
	for _, c := range m.conns {
		fmt.Fprintf(b, "%s\n", c.describe(true))
	}
	b.WriteString("\n")
	m.wordCounts(b)
}

func (m *Member) wordCounts(b *strings.Builder) {
	l := m.stats.latency
	fmt.Fprintf(b, "Latency min/avg/max: %d/%s/%d\n", l.min, javaFloat(l.average()), l.max)
	fmt.Fprintf(b, "Received: %d\nSent: %d\n", m.stats.received, m.stats.sent)
	fmt.Fprintf(b, "Connections: %d\nOutstanding: %d\n", len(m.conns), m.outstanding())
	fmt.Fprintf(b, "Zxid: 0x%x\nMode: %s\nNode count: %d\n", m.tree.zxid, m.mode(), m.tree.size())
	if m.mode() == "leader" {
		b.WriteString("Proposal sizes last/min/max: -1/-1/-1\n")
	}
}

func (m *Member) wordMonitor(b *strings.Builder) {
	l := m.stats.latency
	ephemerals := 0
	for _, paths := range m.tree.ephemerals {
		ephemerals += len(paths)
	}
	for _, kv := range []struct {
		key   string
		value any
	}{
		{"version", version},
		{"server_state", m.mode()},
		{"ephemerals_count", ephemerals},
		{"num_alive_connections", len(m.conns)},
		{"avg_latency", javaFloat(l.average())},
		{"outstanding_requests", m.outstanding()},
		{"znode_count", m.tree.size()},
		{"global_sessions", len(m.tree.sessions)},
		{"packets_sent", m.stats.sent},
		{"packets_received", m.stats.received},
		{"watch_count", m.data.total() + m.kids.total()},
		{"min_latency", l.min},
		{"max_latency", l.max},
		{"approximate_data_size", m.tree.dataSize()},
		{"uptime", time.Since(m.gridOrigin).Milliseconds()},
	} {
		fmt.Fprintf(b, "zk_%s\t%v\n", kv.key, kv.value)
	}
	if m.mode() == "leader" {
		n := len(m.reign.links)
		fmt.Fprintf(b, "zk_learners\t%d\nzk_synced_followers\t%d\n", n, n)
	}
}

func (m *Member) wordConns(b *strings.Builder) {
	for _, c := range m.conns {
		fmt.Fprintf(b, "%s\n", c.describe(false))
	}
	b.WriteString("\n")
}

func (m *Member) wordConf(b *strings.Builder) {
	tick := m.s.opt.tick.Milliseconds()
	port := m.addr[strings.LastIndexByte(m.addr, ':')+1:]
	id := 0
	if len(m.s.members) > 1 {
		id = m.number
	}
	fmt.Fprintf(b, "clientPort=%s\nsecureClientPort=-1\ndataDir=memory\ndataDirSize=0\ndataLogDir=memory\ndataLogSize=0\n", port)
	fmt.Fprintf(b, "tickTime=%d\nmaxClientCnxns=0\nminSessionTimeout=%d\nmaxSessionTimeout=%d\n", tick, 2*tick, 20*tick)
	fmt.Fprintf(b, "clientPortListenBacklog=-1\nserverId=%d\n", id)
	if len(m.s.members) > 1 {
		fmt.Fprintf(b, "initLimit=10\nsyncLimit=%d\nelectionAlg=3\nelectionPort=0\nquorumPort=0\npeerType=0\n", m.s.opt.syncLimit)
		fmt.Fprintf(b, "membership: \n%s", m.tree.nodes[configPath].data)
	}
}

func (m *Member) wordEnvironment(b *strings.Builder) {
	host, _ := os.Hostname()
	wd, _ := os.Getwd()
	fmt.Fprintf(b, "Environment:\nzookeeper.version=%s\nhost.name=%s\n", version, host)
	fmt.Fprintf(b, "go.version=%s\nos.name=%s\nos.arch=%s\nuser.dir=%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, wd)
}

func (m *Member) wordResetServer(b *strings.Builder) {
	m.stats = memberStats{}
	b.WriteString("Server stats reset.\n")
}

func (m *Member) wordResetConns(b *strings.Builder) {
	for _, c := range m.conns {
		c.stats = connStats{}
	}
	b.WriteString("Connection stats reset.\n")
}
