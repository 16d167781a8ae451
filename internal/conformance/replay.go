package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Entry is what became of one step: its name and the fields of everything that came back.
type Entry struct {
	Step   string
	Fields []string
}

// run is one replay of a script.
type run struct {
	addr     string
	ensemble bool
	names    names
	peers    map[string]*peer
	entries  []Entry
	err      error
}

// Replay runs the script against the server at addr, a member of an ensemble or not. It must be fresh and have no
// other clients.
func Replay(addr string, ensemble bool) ([]Entry, error) {
	r := &run{addr: addr, ensemble: ensemble, names: names{sessions: map[int64]string{0: "none"}}, peers: map[string]*peer{}}
	defer func() {
		for _, p := range r.peers {
			p.nc.Close()
		}
	}()
	script(r)
	return r.entries, r.err
}

func (r *run) note(step string, fields []string) {
	step = strings.ReplaceAll(step, "\x00", `\0`)
	if strings.HasSuffix(step, "/zookeeper/config") { // its data are addresses
		fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, "data=") || strings.HasPrefix(f, "length=") })
	}
	r.entries = append(r.entries, Entry{Step: fmt.Sprintf("%03d %s", len(r.entries)+1, step), Fields: fields})
}

// connect opens a connection under a name and shakes hands.
func (r *run) connect(as string, h hello) {
	if r.open(as); r.err != nil {
		return
	}
	p := r.peers[as]
	r.note(fmt.Sprintf("%s connects: seen %d, timeout %d", as, h.seen, h.timeout), p.greet(h, r.names, as))
}

// open opens a connection without a handshake.
func (r *run) open(as string) {
	p, err := dialPeer(r.addr)
	if err != nil {
		r.err = err
		return
	}
	if old := r.peers[as]; old != nil {
		old.nc.Close()
	}
	r.peers[as] = p
}

// seen asks for the zxid that last changed a node, as the server counts.
func (r *run) seen(as, path string) int64 {
	p := r.peers[as]
	p.xid++
	p.send(append(body(nil).i32(p.xid).i32(opExists), body(nil).str(path).flag(false)...))
	for {
		frame, outcome := p.receive()
		if outcome != "" {
			return 0
		}
		rd := &reader{buf: frame, names: r.names}
		if rd.i32() == p.xid {
			rd.take(8 + 4 + 8) // zxid, code, czxid
			return rd.i64()
		}
	}
}

// call sends a request on a named connection and notes the answer, and the events that came to anybody.
func (r *run) call(as, what string, op int32, b body) {
	p := r.peers[as]
	p.xid++
	r.exchange(as, what, op, p.xid, b)
}

// exchange is call with an xid of the caller's choice.
func (r *run) exchange(as, what string, op, xid int32, b body) {
	p := r.peers[as]
	fields := r.talk(p, op, xid, b)
	events := r.eventsOf(as)
	if op == opClose { // which of a session's nodes goes first is nobody's business
		slices.Sort(events)
	}
	r.note(as+": "+what, append(fields, events...))
}

func (r *run) talk(p *peer, op, xid int32, b body) []string {
	if err := p.send(append(body(nil).i32(xid).i32(op), b...)); err != nil {
		return []string{"send failed"}
	}
	var events []string
	for {
		frame, outcome := p.receive()
		if outcome != "" {
			return append(events, outcome)
		}
		rd := &reader{buf: frame, names: r.names}
		gotXid, zxid, code := rd.i32(), rd.i64(), rd.i32()
		if r.names.base == 0 && zxid > 0 {
			r.names.base = zxid
			rd.names.base = zxid
		}
		if gotXid == -1 && xid != -1 {
			events = append(events, event(rd))
			continue
		}
		rd.add("xid", "%d", gotXid)
		rd.add("zxid", "%s", r.names.zxid(zxid))
		rd.add("code", "%d", code)
		if code == 0 {
			decode(op, rd)
		}
		if len(rd.buf) > 0 {
			rd.add("rest", "%q", rd.buf)
		}
		return append(rd.fields, events...)
	}
}

// eventsOf collects the events on every connection but one, behind a ping, which comes after them.
func (r *run) eventsOf(but string) []string {
	var all []string
	for _, as := range sortedNames(r.peers) {
		p := r.peers[as]
		if as == but || p.session == 0 || !strings.HasPrefix(as, "watcher") {
			continue
		}
		for _, f := range r.talk(p, opPing, -2, nil) {
			if strings.HasPrefix(f, "event") {
				all = append(all, as+" "+f)
			}
		}
	}
	return all
}

// unanswered sends a request that the server is known not to answer.
func (r *run) unanswered(as, what string, op int32, b body) {
	r.peers[as].mute = true
	r.call(as, what, op, b)
	r.peers[as].mute = false
}

// hangs notes that a connection just stands there.
func (r *run) hangs(as string) {
	r.peers[as].mute = true
	r.ends(as)
	r.peers[as].mute = false
}

// ends notes how a connection ends: by itself, or not.
func (r *run) ends(as string) {
	_, outcome := r.peers[as].receive()
	r.note(as+" waits", []string{outcome})
}

func sortedNames(m map[string]*peer) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
