// Package conformance replays one script of requests against two ZooKeeper servers and compares what they answer,
// field by field: zktest on one side, a real ZooKeeper on the other, alone and as an ensemble.
//
// The script speaks the wire protocol itself, without a client library in between, so that it can also send what
// no library would. Zxids are compared relative to the first one, times and session ids by what they are rather
// than by their value. What the real server answered is kept in testdata/recording.txt, so that zktest is compared
// with it on machines without Java as well; go test -run Replay -record writes it down anew.
//
// Two clients that people use, kazoo and zkCli, run scripts of their own against both servers, and must print the same.
package conformance
