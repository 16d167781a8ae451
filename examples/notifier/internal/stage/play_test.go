package stage

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// playProcess is a process that ends in the given way when it is asked to.
func playProcess(how string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "ready as", os.Args[1:])
	select {
	case <-asked:
	case <-time.After(time.Minute): // nobody did
	}
	switch how {
	case "failing":
		os.Exit(3)
	case "stubborn":
		time.Sleep(time.Minute) // until it is killed
	}
	os.Exit(0)
}
