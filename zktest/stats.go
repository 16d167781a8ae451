package zktest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// memberStats and connStats are what the four-letter words tell.
type memberStats struct {
	received, sent int64
	latency        latencies
}

type connStats struct {
	received, sent int64
	latency        latencies
	last           Op
	lastXid        int32
	lastZxid       int64
	lastReply      time.Time
	lastLatency    int64
}

// latencies are milliseconds from a request's coming in to its answer.
type latencies struct {
	count, sum, min, max int64
}

func (l *latencies) add(ms int64) {
	if l.count == 0 || ms < l.min {
		l.min = ms
	}
	l.max = max(l.max, ms)
	l.count++
	l.sum += ms
}

func (l latencies) average() float64 {
	if l.count == 0 {
		return 0
	}
	return float64(l.sum) / float64(l.count)
}

// javaFloat writes a number as Java prints a double: with a decimal at least.
func javaFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// note books an answered request.
func (c *conn) note(q *request) {
	now := time.Now()
	ms := now.Sub(q.came).Milliseconds()
	c.m.stats.latency.add(ms)
	st := &c.stats
	st.latency.add(ms)
	st.last, st.lastXid, st.lastZxid, st.lastReply, st.lastLatency = q.op, q.xid, c.m.tree.zxid, now, ms
}

// describe is the connection's line in "stat" and "cons".
func (c *conn) describe(brief bool) string {
	b := &strings.Builder{}
	interest := 1 // wants to read
	if c.eof || c.greeted && !c.attached {
		interest = 0
	}
	fmt.Fprintf(b, " /%s[%d](queued=%d,recved=%d,sent=%d", c.wire.remote(), interest, len(c.pending), c.stats.received, c.stats.sent)
	if !brief && c.session != 0 {
		st := c.stats
		fmt.Fprintf(b, ",sid=0x%x,lop=%s,est=%d,to=%d", uint64(c.session), st.last.short(), c.connected.UnixMilli(), c.timeout)
		if st.lastXid >= 0 {
			fmt.Fprintf(b, ",lcxid=0x%x", st.lastXid)
		}
		fmt.Fprintf(b, ",lzxid=0x%x,lresp=%d,llat=%d,minlat=%d,avglat=%d,maxlat=%d",
			st.lastZxid, st.lastReply.Sub(c.m.gridOrigin).Milliseconds(), st.lastLatency, st.latency.min, int64(st.latency.average()), st.latency.max)
	}
	b.WriteString(")")
	return b.String()
}

// outstanding counts the requests that wait for their transaction.
func (m *Member) outstanding() int {
	n := 0
	for _, c := range m.conns {
		n += len(c.pending)
	}
	return n
}
