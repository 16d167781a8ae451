package realzk

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestServerEndsWithItsOwner kills a test binary and sees that its server does not outlive it.
func TestServerEndsWithItsOwner(t *testing.T) {
	const marker = "REALZK_TEST_OWNER"
	if way := os.Getenv(marker); way != "" {
		srv, err := Start(Via(way))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\nserves at %s\n", srv.Addr())
		select {}
	}
	t.Parallel()
	for _, way := range []string{"docker", "installed"} {
		if way == "installed" && runtime.GOOS != "linux" {
			continue // as the package's documentation says
		}
		if _, err := findWay(way, true); errors.Is(err, ErrUnavailable) {
			t.Logf("%s is not on this machine: %v", way, err)
			continue
		}
		t.Run(way, func(t *testing.T) {
			owner := exec.Command(os.Args[0], "-test.run=^"+t.Name()[:strings.Index(t.Name(), "/")]+"$", "-test.timeout=60s")
			owner.Env = append(os.Environ(), marker+"="+way)
			out, err := owner.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := owner.Start(); err != nil {
				t.Fatal(err)
			}
			var addr string
			for lines := bufio.NewScanner(out); addr == "" && lines.Scan(); {
				var ok bool
				if addr, ok = strings.CutPrefix(lines.Text(), "serves at "); !ok {
					addr = ""
				}
			}
			if answer, err := fourLetter(addr, "ruok", 5*time.Second); err != nil || answer != "imok" {
				t.Errorf("the server at %q says %q, %v", addr, answer, err)
			}
			if err := owner.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			owner.Wait()
			eventually(t, "the server's end", func() bool {
				_, err := fourLetter(addr, "ruok", soon)
				return refused(err)
			})
		})
	}
}
