package conformance

import (
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
)

// words are the four-letter words that are compared. Of "mntr" only the names count, and of "envi" only the first two
// lines: the rest tells of the machine.
var fourLetterWords = []string{"ruok", "isro", "srvr", "stat", "cons", "dump", "conf", "wchs", "wchc", "wchp", "mntr", "envi", "srst", "crst"}

// askWord sends a four-letter word and returns the answer.
func askWord(addr, word string) (string, error) {
	nc, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(nc, word); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(nc)
	return string(answer), err
}

// Words opens sessions with nodes and watches, asks for every four-letter word, and returns the answers with all that
// differs between two servers taken out.
func Words(addr string) ([]Entry, error) {
	r := &run{addr: addr, names: names{sessions: map[int64]string{0: "none"}}, peers: map[string]*peer{}}
	defer func() {
		for _, p := range r.peers {
			p.nc.Close()
		}
	}()
	if r.connect("one", hello{timeout: 8000}); r.err != nil {
		return nil, r.err
	}
	r.connect("two", hello{timeout: 40000})
	r.create("one", "/n")
	r.createAs("two", "/n/e", open, 1)
	r.look("one", "/n", opGetData, true)
	r.look("one", "/n", opGetChildren, true)
	r.look("two", "/n", opExists, true)
	r.look("two", "/other", opExists, true)
	r.set("one", "/n", nil, -1)
	var entries []Entry
	for _, word := range fourLetterWords {
		answer, err := askWord(addr, word)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Step: word, Fields: plain(word, answer)})
	}
	return entries, nil
}

// variable is what an answer says about the machine, the time or the run.
var variable = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`/127\.0\.0\.1:\d+`), "/client"},
	{regexp.MustCompile(`(?m)^(Zookeeper version: 3\.8\.0|zookeeper\.version=3\.8\.0).*`), "$1"},
	{regexp.MustCompile(`0x[0-9a-f]{9,}`), "a session"},
	{regexp.MustCompile(`est=\d{13}`), "est=now"},
	{regexp.MustCompile(`lresp=\d+`), "lresp=some"},
	{regexp.MustCompile(`(?m)^(Received|Sent): \d+`), "$1: some"}, // the harness has asked the real one if it is up
	{regexp.MustCompile(`(llat|minlat|avglat|maxlat)=\d+`), "$1=some"},
	{regexp.MustCompile(`Latency min/avg/max: \d+/\d+\.\d+/\d+`), "Latency min/avg/max: some"},
	// Who falls into the same bucket depends on the phase of the server's clock.
	{regexp.MustCompile(`(?m)^\d+ expire at [A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]+ \d{4}:\n`), ""},
	{regexp.MustCompile(`Sets \(\d+\)`), "Sets (some)"},
	{regexp.MustCompile(`(clientPort|dataDir|dataDirSize|dataLogDir|dataLogSize)=.*`), "$1=some"},
}

func plain(word, answer string) []string {
	for _, v := range variable {
		answer = v.pattern.ReplaceAllString(answer, v.with)
	}
	lines := strings.SplitAfter(answer, "\n")
	switch word {
	case "mntr":
		for i, line := range lines {
			lines[i], _, _ = strings.Cut(line, "\t")
		}
	case "envi":
		lines = lines[:min(2, len(lines))]
	case "cons", "stat", "dump", "wchc", "wchp": // connections, sessions and paths stand there in no order
		slices.Sort(lines)
	}
	return lines
}
