package count

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"

	"burrow.example/zookeeper/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func frame(body ...byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func request(op Op, payload int) []byte {
	body := binary.BigEndian.AppendUint32(nil, 7)
	body = binary.BigEndian.AppendUint32(body, uint32(int32(op)))
	return frame(append(body, make([]byte, payload)...)...)
}

// TestSplitter finds every opcode once, however the stream is cut up, and not in the connection request.
func TestSplitter(t *testing.T) {
	stream := frame(make([]byte, 45)...) // the connection request
	for _, r := range [][]byte{request(1, 100), request(Ping, 0), request(14, 1), request(CloseSession, 0), request(1, 0)} {
		stream = append(stream, r...)
	}
	want := map[Op]int{1: 2, Ping: 1, 14: 1, CloseSession: 1}
	readers := map[string]io.Reader{
		"at once":      bytes.NewReader(stream),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(stream)),
		"in halves":    iotest.HalfReader(bytes.NewReader(stream)),
	}
	for name, in := range readers {
		t.Run(name, func(t *testing.T) {
			got := make(map[Op]int)
			var s splitter
			b := make([]byte, 64)
			for {
				n, err := in.Read(b)
				s.see(b[:n], func(op Op) { got[op]++ })
				if err != nil {
					break
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		})
	}
}

func TestProxyCountsWhatARealClientSends(t *testing.T) {
	server := zktest.RunT(t)
	proxy, err := NewProxy(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	conn, events, err := zk.Connect([]string{proxy.Addr()}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	for ev := range events {
		if ev.State == zk.StateHasSession {
			break
		}
	}
	before := proxy.Tally()
	node, err := conn.Create("/a", []byte("data"), 0, zk.WorldACL(zk.PermAll))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := conn.Get(node); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Multi(&zk.CheckVersionRequest{Path: node, Version: -1}); err != nil {
		t.Fatal(err)
	}
	got := proxy.Tally().Since(before)
	if got.Operations() != 5 || got.Requests[1] != 1 || got.Requests[4] != 3 || got.Requests[14] != 1 {
		t.Errorf("%v operations: %v", got.Operations(), got.Requests)
	}
	if which := got.PerTurn(2); which != "getData 1.5, create 0.5, multi 0.5" {
		t.Errorf("per turn: %s", which)
	}
	if got.ToServer < 100 || got.ToClient < 100 {
		t.Errorf("%d bytes there, %d back", got.ToServer, got.ToClient)
	}
	conn.Close()
	if all := proxy.Tally(); all.Requests[CloseSession] != 1 || all.Since(before).Operations() != 5 {
		t.Errorf("the end of the session counts as an operation: %v", all.Requests)
	}
}

func TestProxyInFrontOfNobody(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	proxy, err := NewProxy(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	conn, err := net.Dial("tcp", proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read: %v, want the end", err)
	}
}

func TestBeside(t *testing.T) {
	background := Tally{Requests: map[Op]float64{14: 6, Ping: 3}}
	all := Tally{Requests: map[Op]float64{14: 5, 2: 2, Ping: 1}}
	if got := all.Beside(background, 0.5).PerTurn(2); got != "delete 1, multi 1" {
		t.Errorf("half the background: %s", got)
	}
	if got := all.Beside(background, 1).PerTurn(2); got != "delete 1" {
		t.Errorf("all of it: %s", got)
	}
}

func TestOpString(t *testing.T) {
	if Op(14).String() != "multi" || Op(77).String() != "op 77" {
		t.Error(Op(14), Op(77))
	}
}
