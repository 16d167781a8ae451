//go:build !race

package zookeeper

const (
	Slowdown = 1
	atOnce   = 0
)
