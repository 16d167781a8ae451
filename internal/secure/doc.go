// Package secure holds tests alone: what TLS, credentials and ACLs do on a real ZooKeeper, and what each mistake with
// them looks like. "make secure" runs all of it, and prints what was seen; "go test" runs the part that is quick.
//
// The server is an installed one (Debian's libzookeeper-java, or ZOOKEEPER_HOME), since an image may lack the jars
// that it takes to serve TLS. Keys and certificates are made by the tests, in memory and in their temporary directories.
package secure
