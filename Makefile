# Everything runs from here; CI calls `make test` and nothing else.

SHELL := /bin/bash
MODULES := $(patsubst %/go.mod,%,$(shell git ls-files 'go.mod' '*/go.mod'))
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

.PHONY: test
test: setup lint ## All tests, on a real ZooKeeper, under the race detector; nothing is skipped
	@set -e; for module in $(MODULES); do \
		(cd $$module && echo "== $$module" && ZOOKEEPER_REQUIRED=1 $(GOTEST) -p 1 ./...); \
	done

.PHONY: interop
interop: setup ## Exclusion with kazoo, Curator and go-zookeeper's Lock on the same paths
	ZOOKEEPER_REQUIRED=1 $(GOTEST) -v ./internal/interop

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt: $$out"; exit 1; }
	@set -e; for module in $(MODULES); do (cd $$module && go vet ./... && go run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./...); done

SEED ?=
SEEDS ?= 10000
.PHONY: sim
sim: ## Simulate faults in virtual time: SEEDS=10000 of them, or one, told in full: SEED=36
	go test -count=1 -timeout 60m -run 'TestSim$$' -v . $(if $(SEED),-sim.seed=$(SEED),-sim.seeds=$(SEEDS))
