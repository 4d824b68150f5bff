# CI runs .ci/run, which uses the same commands.

GOLANGCI := bin/golangci-lint
GOLANGCI_VERSION := v2.15.0

.PHONY: all build test race vet lint tidy bench fuzz quickstart deploy e2e scale ci clean

all: build test

build:       ## compile everything
	go build ./...

test:        ## the whole test suite
	go test ./...

race:        ## the suite with the race detector, shuffled
	go test -race -shuffle=on ./...

vet:         ## in each module
	go vet ./...
	cd internal/deploy && go vet ./...
	cd internal/e2e && go vet ./...

lint: $(GOLANGCI)  ## golangci-lint with .golangci.yml, in each module
	$(GOLANGCI) run ./...
	cd internal/deploy && $(CURDIR)/$(GOLANGCI) run ./...
	cd internal/e2e && $(CURDIR)/$(GOLANGCI) run ./...

$(GOLANGCI):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

tidy:        ## check go.mod and go.sum of each module
	go mod tidy -diff
	cd internal/deploy && go mod tidy -diff
	cd internal/e2e && go mod tidy -diff

bench:       ## the figures of docs/performance.md
	go test -run '^$$' -bench . -benchmem ./model ./model/kube ./reconcile ./provider/aws ./provider/gcp ./provider/azure

fuzz:        ## each fuzz target for ten seconds
	@for pkg in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do go test -run '^$$' -fuzz "^$$f$$" -fuzztime 10s $$pkg || exit 1; done; \
	done

quickstart:  ## the demonstration, without a cloud account
	go run ./examples/quickstart

deploy:      ## the tests of deploy/
	cd internal/deploy && go test -count=1 ./...

e2e:         ## the controllers on a real control plane; the first run builds it (ten CPU minutes)
	cd internal/e2e && HEADGATE_E2E_REQUIRED=1 go test -count=1 -parallel 3 -timeout 45m ./...

scale:       ## the figures of docs/scale.md, and profiles of the controller in bin/scale
	cd internal/e2e && HEADGATE_E2E_REQUIRED=1 HEADGATE_E2E_SCALE=1000 HEADGATE_E2E_PROFILES=$(CURDIR)/bin/scale \
		go test -count=1 -v -timeout 45m -run '^TestScale$$' .

ci:
	bash .ci/run

clean:
	rm -rf bin
