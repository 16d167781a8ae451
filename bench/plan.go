package main

import "time"

// plan is how much is done.
type plan struct {
	rounds     int           // of each measurement
	cycles     int           // in a round, in each of which every client takes a turn; of what takes a moment
	solos      int           // uncontended acquisitions in a turn
	crowd      int           // candidates of the larger measurements
	turns      int           // of each of them when they go round and round
	counted    int           // hand-overs whose requests are counted
	crashes    int           // rounds of crashes
	idle       time.Duration // how long the idle are watched
	calls      int           // in a round, through App.Zookeeper and a zk.Conn
	connects   int           // sessions opened in a round
	waiters    int           // for an expiry, of either sort
	background time.Duration // how long candidates are watched first, whose requests are counted
	pause      time.Duration // how long a holder works before it hands over, so that what a hand-over entails is over
}

var (
	long = plan{
		rounds: 10, cycles: 5, solos: 8, crowd: 100, turns: 10, counted: 10, crashes: 10,
		idle: time.Minute, calls: 300, connects: 5, waiters: 10_000, pause: 100 * time.Millisecond, background: 3 * time.Second,
	}
	short = plan{
		rounds: 3, cycles: 2, solos: 8, crowd: 20, turns: 3, counted: 3, crashes: 1,
		idle: 6 * time.Second, calls: 100, connects: 2, waiters: 10_000, pause: 100 * time.Millisecond, background: 3 * time.Second,
	}
)

const (
	// timeout is Burrow's session timeout.
	timeout = 6 * time.Second
	// warmUp is the number of rounds before those that count: the JVMs need some.
	warmUp = 1
)
