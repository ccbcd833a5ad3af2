# make help lists what there is.
SHELL := /bin/bash
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 20s
MAXBYTES := 25000000

.PHONY: help demo run generate fmt lint test race fuzz e2e bench verify size image

help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## practice mode on the embedded simulator
	go run ./cmd/wrapup demo

run: ## serve real AWS with the environment's configuration
	go run ./cmd/wrapup serve

generate: ## templ components to Go
	go tool templ generate

fmt: ## format Go and templ
	gofmt -w $$(git ls-files '*.go')
	go tool templ fmt views

lint: ## vet and staticcheck
	go vet ./...
	go run $(STATICCHECK) ./...

test: ## the whole suite, with the list of skips
	go test -json ./... | go run ./internal/skipcheck

race: ## the whole suite under the race detector
	go test -race ./...

fuzz: ## every fuzz target for FUZZTIME
	@set -e; for p in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; done; done

e2e: ## browser tests only
	go test -count=1 ./e2e

bench: ## the figures of the README's table
	go test -run '^$$' -bench . -benchmem ./...

verify: ## what CI checks besides tests
	go tool templ generate
	git diff --exit-code -- '*_templ.go'
	test -z "$$(git ls-files --others --exclude-standard -- '*_templ.go')"
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	go tool templ fmt -fail views
	go mod tidy -diff
	$(MAKE) lint size

size: ## the stripped binary's size
	@CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o bin/wrapup ./cmd/wrapup
	@n=$$(stat -c %s bin/wrapup); echo "bin/wrapup: $$n bytes of $(MAXBYTES)"; test $$n -lt $(MAXBYTES)

image: ## container image (needs a Docker engine)
	docker build -t wrapup .
