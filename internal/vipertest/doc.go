// Package vipertest holds tests alone: that a real *viper.Viper, with a real burrow.toml, is a zookeeper.ConfigSource
// that BurrowConfig reads right. It is a module of its own, so that the library does not depend on viper.
package vipertest
