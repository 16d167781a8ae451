# Everything runs from here; CI calls `make test` and nothing else.

SHELL := /bin/bash
MODULES := $(dir $(shell git ls-files go.mod '*/go.mod'))
GOTEST := go test -race -count=1 -timeout 20m

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 22

.PHONY: setup
setup: ## Install what the tests and the demonstration need (a C compiler, Java, a ZooKeeper, the peers)
	@scripts/setup.sh

.PHONY: run
run: setup ## See it work: three notifiers on a real ZooKeeper, whose leaders are killed
	go run ./examples/notifier/demo

.PHONY: page
page: ## The notifier's status page in a headless Chromium, before and after a hand-over: .build/page-*.png
	@scripts/setup.sh browser
	cd examples/notifier && ZOOKEEPER_REQUIRED=1 go test -count=1 -tags browser -v -run TestPage .

.PHONY: test
test: setup lint ## All tests, on a real ZooKeeper, under the race detector; nothing is skipped
	@ZOOKEEPER_REQUIRED=1 go test -count=1 -v -run '^TestHow$$' ./internal/realzk | grep -E 'zookeeper [0-9]|FAIL' | sort -u
	@set -e; for module in $(MODULES); do \
		(cd $$module && echo "== $$module" && ZOOKEEPER_REQUIRED=1 $(GOTEST) -p 1 ./...); \
	done

.PHONY: interop
interop: setup ## Exclusion with kazoo, Curator and go-zookeeper's Lock on the same paths
	ZOOKEEPER_REQUIRED=1 $(GOTEST) -v ./internal/interop

.PHONY: secure
secure: setup ## TLS, credentials and ACLs on a real server: every mistake and its error, outsiders, cut handshakes (5 min)
	cd internal/secure && ZOOKEEPER_REQUIRED=1 go test -count=1 -timeout 30m -full
	cd internal/vipertest && ZOOKEEPER_REQUIRED=1 go test -count=1 -run TestTLSOnARealServer ./...

.PHONY: chaos
chaos: setup ## Faults on a real ensemble of three, for this library and for Burrow's loop (30 min; CHAOS_SHORT=1: 5 min)
	go run ./internal/chaos

.PHONY: bench
bench: setup ## Side by side with go-zookeeper, kazoo and Curator on a real server (15 min; BENCH_SHORT=1: 2 min, writes nothing)
	cd bench && go run . $(if $(BENCH_SHORT),,-write . -front ../README.md)

SEED ?=
SEEDS ?= 10000
.PHONY: sim
sim: ## Faults in virtual time: SEEDS=10000 schedules of them, or one, told in full: SEED=36
	go test -count=1 -timeout 60m -run 'TestSim$$' -v . $(if $(SEED),-sim.seed=$(SEED) $(if $(UNTIL),-sim.until),-sim.seeds=$(SEEDS))

.PHONY: scale
scale: setup ## What it costs a real server beside docs/scale.md: 1,000 candidates, 10,000 leaderships, and the limits
	go run ./internal/scale

.PHONY: metrics
metrics: ## A Prometheus server scrapes a fleet while faults move every metric, and its alerts fire (4 min)
	@bin=$$(scripts/prometheus.sh) && cd metrics && go vet -tags prometheus ./... && PATH="$$bin:$$PATH" go test -count=1 -timeout 15m -tags prometheus -v ./...

.PHONY: conformance
conformance: setup ## zktest beside a real server: replies field by field, kazoo and zkCli as clients
	ZOOKEEPER_REQUIRED=1 go test -count=1 -tags ensemble -v ./internal/conformance

.PHONY: gozk
gozk: setup ## go-zookeeper's own test suite on zktest, and on a real server
	go run ./internal/gozk -real

.PHONY: docs
docs: ## Every link, word, Go block, make target and example of the documentation
	@scripts/setup.sh spelling
	go test -count=1 -tags spelling -v ./internal/docs
	go test -count=1 -run Example . ./zktest
	cd metrics && go test -count=1 -run Example .
	cd internal/vipertest && go test -count=1 -run Migration .

FUZZTIME ?= 60s
.PHONY: fuzz
fuzz: ## Malformed frames and requests against zktest, for FUZZTIME each
	go test -run '^$$' -fuzz FuzzStream -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./zktest
	go test -run '^$$' -fuzz FuzzRequest -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./zktest

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt: $$out"; exit 1; }
	@set -e; for module in $(MODULES); do (cd $$module && go vet ./... && go run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./...); done
