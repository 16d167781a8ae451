module burrow.example/zookeeper/bench

go 1.25.0

require (
	burrow.example/zookeeper v0.0.0
	github.com/go-zookeeper/zk v1.0.4
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.35.0
)

require (
	go.uber.org/multierr v1.10.0 // indirect
	go.uber.org/zap v1.28.0 // indirect
)

replace burrow.example/zookeeper => ../
