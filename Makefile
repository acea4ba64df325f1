# Deputy's commands: `make run` starts it with demo data, `make test` proves it, `make help` lists the rest.

TOOL      := go tool -modfile=tools/go.mod
GENERATED := ent graph/generated graph/model graph/permissions.md graph/permissions.json graph/*.resolvers.go docs/configuration.md deploy/env.example
# gqlgen writes the heads of resolver files its own way.
UNFORMATTED = $(TOOL) gofumpt -l . | sed '/\.resolvers\.go$$/d'
FUZZTIME  ?= 5s
ROUNDS    ?= 200
ROWS      ?= 1000000
# Packages tested at the same time; each has databases of its own.
PARALLEL  ?= 2
TESTS     := -p $(PARALLEL) -timeout 40m
# What is compiled does not depend on the folder: a second clone finds it in the cache, and so do the copies that tests
# make.
export GOFLAGS := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)

.DEFAULT_GOAL := help
.PHONY: help run told build console screenshots playground packages generate operations pictures migration fmt lint fresh audits consoles readers clients platforms setup quick test test-all race checks examples suite races report quick-fuzz differential fuzz soak soak-console chaos failover crowd imports bench clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

run: told $(if $(shell command -v npm 2>/dev/null),console playground) ## start with demo data; ARGS="--addr :9000" adds flags
	@go run . --demo $(ARGS)

told: ## say that compiling takes a while
	@echo "Compiling: the first time two to five minutes, afterwards seconds. / 正在编译：第一次需要二到五分钟，以后只要几秒。"

build: $(if $(shell command -v npm 2>/dev/null),console playground packages) ## make bin/deputy, one static file
	CGO_ENABLED=0 go build -trimpath -o bin/deputy .

# The page is embedded when Go compiles: whoever compiles makes it first.
PAGE := playground/dist/index.html
PAGE_SOURCES := $(wildcard playground/*.html playground/*.mjs playground/src/* playground/operations/*)

playground: $(PAGE) ## build the page that the binary embeds (needs Node.js 20)

$(PAGE): playground/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd playground && npm run --silent build

playground/node_modules/.package-lock.json: playground/package.json playground/package-lock.json playground/.npmrc
	cd playground && npm ci --ignore-scripts
	@touch $@

# The npm packages that the binary hands out, for the schema that it has.
PACK := packages/dist/deputy-permissions.tgz

packages: $(PACK) ## build and pack the npm packages that the binary hands out (needs Node.js 20)

$(PACK): packages/permissions/node_modules/.package-lock.json graph/permissions.json $(filter-out %/rules.ts,$(wildcard packages/permissions/*.mjs packages/permissions/*.md packages/permissions/src/*/*))
	cd packages/permissions && npm run --silent build && npm run --silent pack
	@touch $@

packages/permissions/node_modules/.package-lock.json: packages/permissions/package.json packages/permissions/package-lock.json packages/permissions/.npmrc
	cd packages/permissions && npm ci --ignore-scripts
	@touch $@

CONSOLE         := console/dist/index.html
CONSOLE_SOURCES := $(wildcard console/*.html console/*.mjs console/*.json console/*.ts) \
	$(shell find console/src -type f -not -path '*/__generated__/*' -not -path '*/text/made/*' 2>/dev/null) $(wildcard graph/schema/*.graphqls) \
	graph/permissions.json packages/permissions/generate.mjs $(filter-out %/rules.ts,$(wildcard packages/permissions/src/core/*.ts))

console: $(CONSOLE) ## build the console that the binary embeds (needs Node.js 20.19)

$(CONSOLE): console/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	cd console && npm run --silent build

screenshots: $(CONSOLE) ## write pictures of every screen of the console into console/screenshots
	CGO_ENABLED=0 go build -trimpath -o bin/deputy .
	cd console && DEPUTY_E2E_BINARY=$(CURDIR)/bin/deputy npm run --silent screenshots

console/node_modules/.package-lock.json: console/package.json console/package-lock.json console/.npmrc
	cd console && npm ci --ignore-scripts
	@touch $@

generate: ## write ent, graph/generated, graph/model, graph/permissions.md and .json and the tables of settings anew
	go generate ./ent/schema ./graph ./internal/config

operations: $(CONSOLE) ## write console/operations.md anew: what the console requests, what that needs and costs
	go test ./console -run TestOperationsPage -count=1 -update-operations

pictures: $(CONSOLE) ## take the pictures of docs/images anew
	go build -o bin/deputy . && cd console && DEPUTY_E2E_BINARY=$(CURDIR)/bin/deputy node test/pictures.mjs

migration: ## write the next version of the database's schema: name=add_creators
	go run ./internal/store/migrations/generate -name "$(name)"

fmt: ## format everything written by hand
	$(UNFORMATTED) | xargs -r $(TOOL) gofumpt -w

lint: $(CONSOLE) ## go vet, gofumpt, golangci-lint, and what the console is checked with
	go vet ./...
	@unformatted="$$($(UNFORMATTED))"; if [ -n "$$unformatted" ]; then echo "make fmt would change:"; echo "$$unformatted"; exit 1; fi
	$(TOOL) golangci-lint run --allow-parallel-runners
	cd console && npm run --silent lint

fresh: ## generation changes nothing
	@sum() { git ls-files -co --exclude-standard -- $(GENERATED) | sort | xargs sha256sum; }; \
	before="$$(sum)"; $(MAKE) --no-print-directory generate; \
	if [ "$$before" != "$$(sum)" ]; then echo "what is generated was stale: commit what make generate wrote"; git status --porcelain -- $(GENERATED); exit 1; fi
	@if [ -n "$$CI" ] && [ -n "$$(git status --porcelain)" ]; then git status --porcelain; echo "the clone is not clean"; exit 1; fi

AUDITS := graph/testdata/audit graph/testdata/schema
audits: $(AUDITS:%=%/node_modules/.package-lock.json) ## install the tools that audit the HTTP interface and lint the schema
graph/testdata/%/node_modules/.package-lock.json: graph/testdata/%/package.json graph/testdata/%/package-lock.json
	npm ci --prefix graph/testdata/$* --ignore-scripts
	@touch $@

# Pages of other origins, which the test of e2e drives in a browser.
consoles: e2e/browser/dist/vue.js e2e/browser/vue-apollo/node_modules/.package-lock.json e2e/admin/dist/refine.js ## build the pages of other origins that tests drive in a browser
e2e/browser/dist/vue.js: e2e/browser/node_modules/.package-lock.json $(wildcard e2e/browser/src/*)
	npm run --silent --prefix e2e/browser build
	@touch $@
e2e/browser/node_modules/.package-lock.json: e2e/browser/package.json e2e/browser/package-lock.json e2e/browser/.npmrc
	npm ci --prefix e2e/browser --ignore-scripts
	@touch $@
e2e/browser/vue-apollo/node_modules/.package-lock.json: e2e/browser/vue-apollo/package.json e2e/browser/vue-apollo/package-lock.json e2e/browser/vue-apollo/.npmrc
	npm ci --prefix e2e/browser/vue-apollo --ignore-scripts
	@touch $@
e2e/admin/dist/refine.js: e2e/admin/node_modules/.package-lock.json $(wildcard e2e/admin/src/*) e2e/browser/src/send.js
	npm run --silent --prefix e2e/admin build
	@touch $@
e2e/admin/node_modules/.package-lock.json: e2e/admin/package.json e2e/admin/package-lock.json e2e/admin/.npmrc
	npm ci --prefix e2e/admin --ignore-scripts
	@touch $@

# Tools that read the schema: make test has those that tell most, and make clients all of them.
CLIENTS := e2e/clients/package.json e2e/clients/package-lock.json e2e/clients/.npmrc
readers: e2e/clients/node_modules/.package-lock.json ## install the tools that read the schema in make test
e2e/clients/node_modules/.package-lock.json: $(CLIENTS)
	npm ci --prefix e2e/clients --ignore-scripts --omit=dev
	@touch $@
e2e/clients/node_modules/.all: $(CLIENTS)
	npm ci --prefix e2e/clients --ignore-scripts
	@touch e2e/clients/node_modules/.package-lock.json $@

clients: e2e/clients/node_modules/.all ## every generator, gateway and linter of the list runs on the schema (five minutes; 500 MB of npm's packages)
	DEPUTY_CLIENTS=1 DEPUTY_BROWSER=1 go test ./e2e -run 'TestToolsReadTheSchema|TestGenqlient' -count=1 -v -timeout 30m

# What is compiled in make test; the CI compiles the others too.
PLATFORMS ?= windows/amd64
platforms: ## compile the server for PLATFORMS="linux/arm64 darwin/arm64"
	@for target in $(PLATFORMS); do echo "compile for $$target"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} go build -trimpath -o /dev/null . || exit 1; done

quick: ## what most mistakes fail: vet and the tests on SQLite, without -race, npm or the whole binary (two minutes)
	go vet ./...
	go test -short -parallel 8 ./...

setup: ## install what the tests need of the system
	@tools/setup.sh

# The second part needs what npm and the generators make in the first one. Whatever fails, the rest runs too.
test: setup ## every test, with its own set-up; TEST_DATABASE_URL names a PostgreSQL, else one is started
	@rm -rf bin/suite
	@status=0; \
	$(MAKE) --no-print-directory -k -j2 console playground packages audits consoles readers fresh || status=1; \
	$(MAKE) --no-print-directory -k -j2 suite quick-fuzz || status=1; \
	$(MAKE) --no-print-directory report; exit $$status

test-all: setup ## make test with the tests of rules on PostgreSQL too, and rows read as where lib/pq's are not understood (nightly)
	TEST_EVERYWHERE=1 $(MAKE) --no-print-directory test
	TEST_EVERYWHERE=1 TEST_SCAN_ROWS=1 $(MAKE) --no-print-directory suite PACKAGES="./graph/... ./internal/store/... ./internal/backoffice/..."
	@$(MAKE) --no-print-directory report

checks: lint platforms examples races ## what make test leaves out: lint, other platforms, the race detector, the documents' examples

examples: $(CONSOLE) ## follow the examples of docs/modules.md to the letter, in a copy (four minutes)
	DEPUTY_EXAMPLES=1 go test ./e2e -run TestDocumentsAddAModule -count=1 -timeout 40m

quick-fuzz: ## every fuzz target for a moment
	tools/fuzz.sh 10000x quick

race: setup ## every test under the race detector (half an hour)
	@rm -rf bin/suite
	@status=0; \
	$(MAKE) --no-print-directory -k -j2 console playground packages audits consoles readers || status=1; \
	$(MAKE) --no-print-directory suite MEET= TESTS="-race $(TESTS)" || status=1; \
	$(MAKE) --no-print-directory report; exit $$status

# Packages of which goroutines are the subject: the race detector watches them in make checks, and in some others the
# tests in which goroutines meet. make race has it watch all.
MEET    := $(addprefix ./internal/,apitest crash feed lru metrics plan send share store/prepared web)
MEETING := ./graph ./internal/agency ./internal/page ./internal/signin ./internal/store
APART   := DEPUTY_AUDIT=1 DEPUTY_BROWSER=1 bin/pgtest -- tools/suite.sh run

# What takes longest begins first.
PACKAGES ?= ./graph ./e2e $(shell go list ./... | grep -vxF "$$(go list $(or $(MEET),deputy/none) 2>/dev/null)")
suite: bin/pgtest ## the tests of make test in Go; PACKAGES names some
	@$(APART) suite "$(PACKAGES)" $(TESTS)

report: ## what took longest in the last suite
	@tools/suite.sh report

races: bin/pgtest ## the tests with the race detector
	@status=0; $(APART) meet "$(MEET)" -race $(TESTS) || status=1; \
	$(APART) meeting "$(MEETING)" -race $(TESTS) -run "$$(tools/suite.sh meeting $(MEETING))" || status=1; \
	tools/suite.sh report; exit $$status

.PHONY: bin/pgtest
bin/pgtest:
	go build -o $@ ./internal/store/pgtest/run

fuzz: ## every fuzz target for FUZZTIME
	tools/fuzz.sh $(FUZZTIME)

DOCUMENTS ?= 200000
differential: audits ## judge DOCUMENTS generated documents as graphql-js does, with a new seed
	DEPUTY_AUDIT=1 DEPUTY_DIFFERENTIAL=$(DOCUMENTS) go test ./graph -run TestDifferential -v -timeout 120m

soak: ## the races across servers ROUNDS times, on both databases
	go test ./e2e/race -v -timeout 60m -rounds $(ROUNDS)

soak-console: $(CONSOLE) ## the long tests of the console, and whatever measures a time (CPU slowed four times)
	go build -o bin/deputy . && cd console && DEPUTY_E2E_BINARY=$(CURDIR)/bin/deputy npm run --silent soak

imports: ## import ROWS rows of CSV and of XLSX into both databases: how fast, and in how much memory (an hour for 1,000,000)
	go test ./e2e -run TestManyRows -v -timeout 24h -rows $(ROWS)

chaos: ## write while PostgreSQL, the network and servers fail; nothing is lost, nothing done twice (two minutes)
	go run ./e2e/chaos

failover: build ## lose a PostgreSQL primary while clients write: lost, doubled, seconds without service
	go run ./deploy/failover -deputy "$(CURDIR)/bin/deputy"

crowd: ## one account asks for the dearest things over 12 connections; nobody else waits for it (two minutes; CROWD="-each 10s" adds flags)
	go run ./e2e/crowd $(CROWD)

bench: build bench/peers/node_modules/.package-lock.json ## measure Deputy beside other servers, into bench/RESULTS.md (eight minutes; BENCH="-only point" adds flags)
	go run ./bench/run -out bench/RESULTS.md $(BENCH)

bench/peers/node_modules/.package-lock.json: bench/peers/package.json bench/peers/package-lock.json
	npm ci --prefix bench/peers --ignore-scripts --loglevel=error
	@touch $@

clean: ## remove what was built; data/ stays
	rm -rf bin deputy bench/peers/node_modules console/dist console/node_modules console/src/__generated__ console/src/text/made packages/dist packages/permissions/dist packages/permissions/src/core/rules.ts packages/permissions/node_modules playground/dist playground/node_modules e2e/browser/dist e2e/browser/node_modules e2e/browser/vue-apollo/node_modules e2e/admin/dist e2e/admin/node_modules $(AUDITS:%=%/node_modules)
