//go:build race

package zookeeper

// Slowdown is that of what the race detector watches.
const Slowdown = 20

// atOnce is a latency. With none at all, go-zookeeper v1.0.4 races with itself on a new connection: answers can come, and
// watches be set, before it looks whether there are any to set again (Conn.sendSetWatches).
const atOnce = 1
