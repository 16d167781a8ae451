package realzk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// quorumPatience is how long a quorum proxy dials a server that refuses. A new leader opens its port milliseconds
// after its followers dial; reset there, a follower would return to the election for up to initLimit ticks.
const quorumPatience = 5 * time.Second

// peerLinks are the ports that the servers of an ensemble know each other by, and the proxies in between: one for
// each direction and port. Server i knows its own real ports, and of server j the proxies from i to j.
type peerLinks struct {
	quorum   [members]port
	election [members]port
	proxies  [members][members]struct{ quorum, election *Proxy } // [from][to]
	held     []port
}

func (p *peerLinks) open() (err error) {
	for i := range members {
		for _, at := range []*port{&p.quorum[i], &p.election[i]} {
			if *at, err = holdPort(); err != nil {
				return err
			}
			p.held = append(p.held, *at)
		}
	}
	for from := range members {
		for to := range members {
			if from == to {
				continue
			}
			pair := &p.proxies[from][to]
			if pair.quorum, err = newProxy(p.quorum[to].addr()); err != nil {
				return err
			}
			if pair.election, err = newProxy(p.election[to].addr()); err != nil {
				return err
			}
		}
	}
	// Only now is every proxy's address known, which the election proxies hand out.
	for from := range members {
		for to := range members {
			if from == to {
				continue
			}
			pair := p.proxies[from][to]
			pair.quorum.patience = quorumPatience
			pair.quorum.streams = asItComes
			back := p.proxies[to][from].election.Addr()
			pair.election.streams = func(l *link) (requests, replies stream) { return introduced(l, back) }
			for _, proxy := range []*Proxy{pair.quorum, pair.election} {
				if err := proxy.open(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// config are the lines of server i's zoo.cfg that name the ensemble's members.
func (p *peerLinks) config(i int) []string {
	lines := make([]string, members)
	for j := range members {
		quorum, election := p.quorum[j].number, p.election[j].number
		if j != i {
			quorum, election = p.proxies[i][j].quorum.port.number, p.proxies[i][j].election.port.number
		}
		lines[j] = fmt.Sprintf("server.%d=127.0.0.1:%d:%d", j+1, quorum, election)
	}
	return lines
}

// cut cuts or heals what is between i and j, in both directions.
func (p *peerLinks) cut(i, j int, cut bool) {
	there, back := p.proxies[i][j], p.proxies[j][i]
	for _, proxy := range []*Proxy{there.quorum, there.election, back.quorum, back.election} {
		if cut {
			proxy.Cut()
		} else {
			proxy.Heal()
		}
	}
}

func (p *peerLinks) close() {
	for _, row := range p.proxies {
		for _, pair := range row {
			for _, proxy := range []*Proxy{pair.quorum, pair.election} {
				if proxy != nil {
					proxy.Close()
				}
			}
		}
	}
	for _, held := range p.held {
		held.release()
	}
	p.held = nil
}

// asItComes passes both directions on unread.
func asItComes(l *link) (requests, replies stream) {
	return stream{&chunks{r: l.client}, unchanged}, stream{&chunks{r: l.server}, unchanged}
}

func unchanged(piece []byte) []byte { return piece }

// introduced passes an election connection on, but for the address by which its caller introduces itself: a peer
// with a larger id hangs up and calls back there, and would get around the proxies.
func introduced(l *link, address string) (requests, replies stream) {
	requests, replies = asItComes(l)
	requests.pieces = &introduction{r: l.client, address: address, rest: requests.pieces}
	return requests, replies
}

// introduction is the caller's side of an election connection. It begins with a protocol version (negative, else
// it is an old caller's id and no address follows), the caller's id, and the length and text of its address.
type introduction struct {
	r       io.Reader
	address string
	rest    piecewise
	passed  bool
}

func (in *introduction) next() ([]byte, error) {
	if in.passed {
		return in.rest.next()
	}
	in.passed = true
	var version int64
	if err := binary.Read(in.r, binary.BigEndian, &version); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	binary.Write(&out, binary.BigEndian, version)
	if version >= 0 {
		return out.Bytes(), nil
	}
	var head struct {
		ID     int64
		Length int32
	}
	if err := binary.Read(in.r, binary.BigEndian, &head); err != nil {
		return nil, err
	}
	if head.Length < 0 || head.Length > maxFrame {
		return nil, fmt.Errorf("an address of %d bytes", head.Length)
	}
	if _, err := io.CopyN(io.Discard, in.r, int64(head.Length)); err != nil {
		return nil, err
	}
	head.Length = int32(len(in.address))
	binary.Write(&out, binary.BigEndian, head)
	out.WriteString(in.address)
	return out.Bytes(), nil
}
