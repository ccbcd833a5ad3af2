# make help lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 20s
BENCHTIME ?= 1s
COUNT ?= 1
MAXBYTES := 25000000
# As the Dockerfile builds. A component of templ is a function that only wraps a closure, which the compiler would put, body and all, in every place that
# calls it; the AWS SDK and bun are full of the like. Nothing is inlined but where time is spent: the binary is 1 MB smaller.
# HTTP/2 is for TLS, which a proxy ends (decision 11).
RELEASE := -tags nethttpomithttp2 -trimpath -ldflags="-s -w" -gcflags="github.com/...=-l" -gcflags="golang.org/...=-l" -gcflags="wrapup/...=-l" \
  -gcflags="wrapup/internal/flow=" -gcflags="wrapup/internal/audit="

.PHONY: help demo run generate fmt lint test race fuzz faults e2e bench verify size image

help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## practice mode on the embedded simulator
	go run ./cmd/wrapup demo

run: ## serve real AWS with the environment's configuration
	go run ./cmd/wrapup serve

generate: ## templ components to Go, and the simulator's list of operations
	go tool templ generate
	go generate ./internal/connectsim

fmt: ## format Go and templ
	gofmt -w .
	go tool templ fmt views

lint: ## vet and staticcheck
	go vet ./...
	go run $(STATICCHECK) ./...

test: ## the whole suite, with the list of skips
	go test -json ./... | go run ./internal/skipcheck

race: ## the whole suite under the race detector
	go test -race ./...

# The names are read from the sources: asking `go test -list` would compile every package's tests.
fuzz: ## every fuzz target for FUZZTIME
	@git grep -oE '^func Fuzz[[:alnum:]_]+' -- '*_test.go' | sed -E 's|/[^/]*:func | |' | while read -r dir target; do \
	  echo "$$dir $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "./$$dir" </dev/null || exit 1; done

# What one build has shown stays in bin/faults.done: a run that is cut off is gone on with.
faults: ## every fault at every write and call of a change, on both engines (docs/faults.md is written anew); FAULTS_AT_ONCE cases at a time
	@mkdir -p bin
	WRAPUP_FAULTS=all WRAPUP_FAULTS_DONE=$(CURDIR)/bin/faults.done GOGC=400 go test -count=1 -timeout 6h -parallel $${FAULTS_AT_ONCE:-$$(( 2 * $$(nproc) ))} ./internal/faults

e2e: ## browser tests only
	go test -count=1 ./e2e

# One package after the other, so that none is compiled while another is measured. All figures stay in bin/bench.txt.
bench: ## figures beside their goals (docs/benchmarks.md)
	@mkdir -p bin
	@for dir in $$(git grep -l '^func Benchmark' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  go test -v -run '^$$' -bench . -benchtime $(BENCHTIME) -count $(COUNT) "./$$dir" || exit 1; done | tee bin/bench.txt | go run ./internal/benchtable

verify: ## what CI checks besides tests
	go tool templ generate
	git diff --exit-code -- '*_templ.go'
	test -z "$$(git ls-files --others --exclude-standard -- '*_templ.go')"
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go tool templ fmt -fail views
	go mod tidy -diff
	$(MAKE) lint size

size: ## the stripped binary's size
	@CGO_ENABLED=0 go build $(RELEASE) -o bin/wrapup ./cmd/wrapup
	@n=$$(stat -c %s bin/wrapup); echo "bin/wrapup: $$n bytes of $(MAXBYTES)"; test $$n -lt $(MAXBYTES)

image: ## container image (needs a Docker engine)
	docker build -t wrapup .
