package zookeeper_test

import (
	"testing"

	"go.uber.org/goleak"

	"burrow.example/zookeeper/internal/realzk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(realzk.Main(m)) }
