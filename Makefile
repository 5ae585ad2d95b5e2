# The recipes are short; what is long is in scripts/.
.DEFAULT_GOAL := help
SHELL := bash
.PHONY: help run build release test check fmt vet race layers generated tidy lint proto openapi chaos away bench profile brute peers images

export CGO_ENABLED ?= 0
TAGS := nomsgpack
SERVERS := scripts/servers.sh run --
MODULES := proto pkg services tools examples/runtime-go
PROFILE := deployments/profile.pgo
IMAGES := onset gateway scheduler worker

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Run the whole product here: SQLite file and Redis inside, data in ./data
	@exec bin/onset up

build: ## Build bin/onset
	@go build -tags $(TAGS) -trimpath -o bin/onset ./services/onset

release: ## Build bin/onset as images have it: a tenth faster, and minutes of compiling when the profile is new
	@go build -tags $(TAGS) -trimpath -pgo=$(PROFILE) -o bin/onset ./services/onset

test: ## Run all tests, with throw-away Postgres and Redis
	$(SERVERS) go test -tags $(TAGS) -timeout 10m work

check: fmt vet layers generated tidy lint race ## Everything a change must pass

fmt: ## Is everything formatted?
	@out=$$(gofmt -l $(MODULES)); [ -z "$$out" ] || { echo "gofmt would change:"; echo "$$out"; exit 1; }

vet: ## go vet
	go vet -tags $(TAGS) work

race: ## Run all tests under the race detector; needs a C compiler
	@command -v cc >/dev/null || command -v gcc >/dev/null || \
		{ echo "the race detector needs a C compiler: apt install gcc, or xcode-select --install"; exit 1; }
	CGO_ENABLED=1 $(SERVERS) go test -race -tags $(TAGS) -timeout 20m work

layers: ## Does everybody import downwards only?
	go test -tags $(TAGS) -count=1 -run Layers ./services/onset

generated: proto openapi ## Is what is generated what the sources say?
	@git diff --exit-code --stat -- proto pkg/client || { echo "generated files were not up to date; commit what make proto openapi wrote"; exit 1; }

tidy: ## Do the module files say what the code needs?
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff) || exit 1; done

lint: ## staticcheck, at the version of tools/go.mod
	@mkdir -p bin && cd tools && GOWORK=off go build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	@for m in proto pkg services; do (cd $$m && ../bin/staticcheck -tags $(TAGS) ./...) || exit 1; done

proto: ## Regenerate the Go code of proto/; needs protoc
	@scripts/proto.sh

openapi: ## Rewrite the API's document and the Go client that is made of it
	@scripts/openapi.sh

chaos: ## Kill workers and empty Redis under load, count what was lost (it must be nothing)
	@cd services/onset/chaos && $(CURDIR)/$(SERVERS) go test -tags $(TAGS) -count=1 -timeout 30m -chaos.full

away: ## Stop everything for MINUTES=5, in real time, and see what becomes of schedules meanwhile
	@cd services/onset/chaos && $(CURDIR)/$(SERVERS) go test -tags $(TAGS) -count=1 -timeout $$(($(or $(MINUTES),5) + 10))m -run Absence -chaos.full -chaos.away $(or $(MINUTES),5)m

bench: release ## Measure what speed the product promises, as ratios; ROWS=accept,poll picks rows, JSON=1 prints JSON
	@go build -tags $(TAGS) -o bin/bench ./services/onset/bench
	@scripts/servers.sh run --durable -- bin/bench -onset bin/onset -rows "$(ROWS)" $(if $(JSON),-json)

profile: build ## Find out anew where the product spends its time, for the compiler of releases
	@go build -tags $(TAGS) -o bin/bench ./services/onset/bench
	@scripts/servers.sh run --durable -- bin/bench -onset bin/onset -rows accept,finish,poll -rounds 2 -profile $(PROFILE)

brute: ## Compare when two thousand random expressions fire with brute force, and replay a year in forty zones
	go test -tags $(TAGS) ./pkg/cron -run BruteForce -expressions 2000 -timeout 15m
	go test -tags $(TAGS) -count=1 ./services/scheduler/internal/fire -run YearOfManyZones -zones 40

peers: build ## Let programs that nobody here wrote use it: needs node 20 or newer, npm and curl
	@scripts/peers.sh run

images: ## Build a container image of each service
	@for s in $(IMAGES); do docker build -f deployments/Dockerfile --build-arg SERVICE=$$s -t onset/$$s . || exit 1; done
