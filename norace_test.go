//go:build !race

package zookeeper_test

const slowdown = 1
