package zktest

import (
	"fmt"
	"time"
)

// writeConfig puts the membership where clients look for it, in the form and with the odd version that the original
// gives it. Members have no ports for each other; those that stand there are the customary ones. A standalone server
// has nothing to tell.
func (s *Server) writeConfig() {
	if len(s.members) == 1 {
		return
	}
	text := ""
	for _, m := range s.members {
		text += fmt.Sprintf("server.%d=127.0.0.%d:2888:3888:participant\n", m.number, m.number)
	}
	for _, m := range s.members {
		config := m.tree.nodes[configPath]
		config.data = []byte(text + "version=0")
		config.stat.version, config.stat.mtime = -1, time.Now().UnixMilli()
	}
}
