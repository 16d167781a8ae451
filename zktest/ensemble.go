package zktest

import "fmt"

// writeConfig puts the membership where clients look for it. A standalone server has none to tell.
func (s *Server) writeConfig() {
	if len(s.members) == 1 {
		return
	}
	text := ""
	for _, m := range s.members {
		text += fmt.Sprintf("server.%d=%s:participant\n", m.number, m.addr)
	}
	for _, m := range s.members {
		m.tree.nodes[configPath].data = []byte(text + "version=0")
	}
}
