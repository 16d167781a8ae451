// Package realzk brings up real ZooKeeper servers for tests, and puts faults between them and their clients.
//
// # How a server is had
//
// In this order; the first that is there is taken, and said in one line (version and how):
//
//  1. ZOOKEEPER_SERVERS names running servers. [Shared] uses them as they are; [Run] and [Start] put a TCP
//     proxy in front, so that stopping and freezing mean something to the client.
//  2. Docker: the image in ZOOKEEPER_IMAGE, else the official one, else the one that
//     scripts/zookeeper-image.sh builds from Debian's packages.
//  3. An installed ZooKeeper: ZOOKEEPER_HOME (an unpacked release), else Debian's libzookeeper-java.
//
// ZOOKEEPER_VIA=servers, docker or installed allows that one alone. If none is there, tests skip and say so;
// with ZOOKEEPER_REQUIRED=1 they fail instead. Only then, or with ZOOKEEPER_VIA=docker, is a missing image pulled
// or built: a plain "go test" takes what it finds and fetches nothing.
//
// # Who owns what
//
// Each server is a process or a container of the test binary's own. It ends with [Server.Close], which [Run]
// registers as a cleanup, and with the test binary itself, also when that is killed: the kernel tells a child
// process (Linux), and a container is watched by a shell that waits for the binary's end of a pipe to close.
//
// # Faults
//
// [Proxy] stands between one client and one server, and knows ZooKeeper's frames: it cuts, resets, refuses,
// mutes, and loses the reply to a chosen request. [Ensemble] is three servers with such proxies between their
// quorum and election ports as well, so that any server can be cut off from the others.
package realzk
