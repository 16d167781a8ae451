//go:build race

package zookeeper_test

const slowdown = 20 // of what the race detector watches
