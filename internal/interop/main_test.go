package interop

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/internal/realzk"
)

// scratch is a directory for what all tests share. It is gone when they are through.
var scratch string

func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(inScratch{m})) }

type inScratch struct{ m interface{ Run() int } }

func (s inScratch) Run() int {
	dir, err := os.MkdirTemp("", "interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	return s.m.Run()
}

// announce says once for all tests which peer they run against.
func announce(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "interop: "+format+"\n", args...)
}
