// Package zookeeper is one ZooKeeper session for a whole application.
package zookeeper
