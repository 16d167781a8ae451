package dial

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"burrow.example/zookeeper/internal/hosts"
)

// names is a name server: what it knows can be changed, and how often it was asked is counted.
type names struct {
	mu    sync.Mutex
	known map[string][]string
	asked map[string]int
}

// resolving makes the process resolve names by known until the end of the test.
func resolving(t *testing.T, known map[string][]string) *names {
	n := &names{known: known, asked: make(map[string]int)}
	var servers sync.WaitGroup
	system := net.DefaultResolver
	t.Cleanup(func() {
		net.DefaultResolver = system
		servers.Wait()
	})
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		servers.Go(func() {
			defer server.Close()
			n.serve(server)
		})
		return client, nil
	}}
	return n
}

func (n *names) set(name string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[name] = addresses
}

// serve answers DNS queries as over TCP: behind a length of two bytes.
func (n *names) serve(c net.Conn) {
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer := n.answer(query)
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

// answer makes the response to a query of one question (RFC 1035, section 4.1).
func (n *names) answer(query []byte) []byte {
	const header, typeA, typeAAAA, nameError = 12, 1, 28, 3
	end := header
	var labels []string
	for query[end] != 0 {
		length := int(query[end])
		labels = append(labels, string(query[end+1:end+1+length]))
		end += 1 + length
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	end += 1 + 4 // the root label, type and class
	name := strings.Join(labels, ".")

	n.mu.Lock()
	n.asked[name]++
	addresses, exists := n.known[name]
	n.mu.Unlock()

	var records []byte
	count := 0
	for _, address := range addresses {
		ip := netip.MustParseAddr(address)
		if ip.Is4() != (kind == typeA) || !ip.Is4() && kind != typeAAAA {
			continue
		}
		count++
		records = append(records, 0xc0, header) // the name of the question
		records = binary.BigEndian.AppendUint16(records, kind)
		records = append(records, 0, 1, 0, 0, 0, 0) // class and time to live
		records = binary.BigEndian.AppendUint16(records, uint16(ip.BitLen()/8))
		records = append(records, ip.AsSlice()...)
	}
	flags := uint16(0x8580) // a response with authority
	if !exists {
		flags |= nameError
	}
	response := append([]byte(nil), query[:2]...)
	response = binary.BigEndian.AppendUint16(response, flags)
	response = append(response, 0, 1, 0, byte(count), 0, 0, 0, 0)
	return append(append(response, query[header:end]...), records...)
}

// ZooKeeper listens on 127.0.0.1; port is where.
func loopback(t *testing.T, connections int) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var server sync.WaitGroup
	t.Cleanup(server.Wait)
	t.Cleanup(func() { listener.Close() })
	server.Go(func() {
		for range connections {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			gives(T, 7)("", c)
			c.Close()
		}
	})
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// TestNameWithSeveralAddresses: one that does not answer does not stand in the way of the others.
func TestNameWithSeveralAddresses(t *testing.T) {
	const dials = 20
	port := loopback(t, dials)
	resolving(t, map[string][]string{"zk.example": {"127.0.0.1", "::1"}}) // nobody listens on ::1
	d := piped(t, Options{Hosts: hosts.New([]string{"zk.example.:" + port}), Dial: dialAny}, nil)
	for range dials {
		c := dialed(t, d)
		mustAttach(t, c, 7)
		c.Close()
		d.opts.Hosts.Good()
	}
}

// TestNameIsResolvedAtEveryDial: servers move.
func TestNameIsResolvedAtEveryDial(t *testing.T) {
	port := loopback(t, 1)
	server := "zk.example.:" + port
	dns := resolving(t, map[string][]string{"zk.example": {"::1"}})
	d := New(Options{Hosts: hosts.New([]string{server}), Timeout: T})
	defer d.Close()
	if c, err := ask(d, server, 7); err == nil {
		t.Fatalf("connected to %v", c.RemoteAddr())
	}
	before := dns.asked["zk.example"]
	dns.set("zk.example", "127.0.0.1")
	mustAttach(t, dialed(t, d), 7)
	if now := dns.asked["zk.example"]; before == 0 || now == before {
		t.Errorf("the name was asked for %d times, then %d", before, now)
	}
}

// TestUnknownName costs one attempt, and says what it is.
func TestUnknownName(t *testing.T) {
	port := loopback(t, 1)
	resolving(t, map[string][]string{"zk.example": {"127.0.0.1"}})
	unknown, known := "nowhere.example.:"+port, "zk.example.:"+port
	d := New(Options{Hosts: hosts.New([]string{unknown, known}), Timeout: T})
	defer d.Close()
	for range 2 {
		server, _ := d.Next()
		c, err := ask(d, server, 0)
		if server == known {
			if err != nil {
				t.Fatalf("dial %s: %v", server, err)
			}
			c.Close()
			continue
		}
		var missing *net.DNSError
		if !errors.As(err, &missing) || !missing.IsNotFound {
			t.Errorf("dial %s: %v", server, err)
		}
		if text := d.opts.Hosts.Errors(); !strings.Contains(text, "nowhere.example.") || !strings.Contains(text, "no such host") {
			t.Errorf("errors noted: %s", text)
		}
	}
}

// TestAddressIsNotAName: IPv6 in brackets, and what cannot be taken apart.
func TestAddressIsNotAName(t *testing.T) {
	dns := resolving(t, nil)
	for server, want := range map[string]string{
		"[::1]:1":   "::1",          // refused, or no IPv6 here
		"127.0.0.1": "missing port", // Validate does not let it come to this
	} {
		d := New(Options{Hosts: hosts.New([]string{server}), Timeout: T})
		defer d.Close()
		if _, err := ask(d, server, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("dial %s: %v, want %s", server, err, want)
		}
	}
	if len(dns.asked) != 0 {
		t.Errorf("the name server was asked for %v", dns.asked)
	}
}
