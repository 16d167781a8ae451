// Package conformance replays one script of requests against two ZooKeeper servers and compares what they answer,
// field by field: zktest on one side, a real ZooKeeper on the other.
//
// The script speaks the wire protocol itself, without a client library in between, so that it can also send what
// no library would. Zxids are compared relative to the first one, times and session ids by what they are rather
// than by their value.
package conformance
