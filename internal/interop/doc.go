// Package interop has no code, only tests: that the lock recipe excludes, and is excluded by, the locks of other
// libraries on the same path. They are kazoo's Lock (Python), Curator's InterProcessMutex (Java), each in processes of
// their own, and the Lock of go-zookeeper, which is what Burrow instances of before have.
//
// # How it is proved
//
// All contenders of a contest share a room, a directory that only the holder of the lock may be in. Each visit makes
// a marker file that must not be there yet, reads a counter from a file, dwells, writes it back plus one, and adds a
// line to a ledger before it removes the marker. Two at once are found by the marker, by a number that comes twice in
// the ledger, and by a counter that is behind the number of visits. The tests of the room itself show that they are,
// with contenders of each language.
//
// # What the others need
//
// kazoo takes for contenders only what is called as its own nodes are. It needs
//
//	client.Lock(path, extra_lock_patterns=["-lock-"])
//
// and without that walks in on ours. Curator's InterProcessMutex and go-zookeeper's Lock need nothing. Among
// themselves, kazoo and Curator need more: Curator sorts kazoo's nodes behind all others and so ignores them, unless it
// is given a LockInternalsDriver that knows where their sequence number begins; see testdata/CuratorContender.java.
// go-zookeeper's Lock fails on any sibling whose name it cannot parse; ours, kazoo's and Curator's pass over it.
package interop
