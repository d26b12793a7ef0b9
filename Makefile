# The commands of this repository. `make run` and `make test` need nothing but Swift: they install what is missing.

# Without it SwiftPM passes Hummingbird's traits in a varying order, and recompiles it each time.
export SWIFT_DETERMINISTIC_HASHING := 1
# All tests at once would need more descriptors and patience than a small machine has: with about 1,400 open ones,
# Foundation's Process reads beyond a buffer of directory entries.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 32

PREFIX ?= /usr/local
DESTDIR ?=
# The configuration of services lies below it, whatever the PREFIX.
SYSCONFDIR ?= /etc
# The optimised binary runs where no Swift is installed.
RELEASE_FLAGS ?= --static-swift-stdlib
# The output folder of `make package`.
PACKAGES ?= .build/packages
# The length of `make chaos`: the seeds, and the faults for each of them.
CHAOS_SEEDS ?= 1,2,3,4,5,6,7,8,9,10
CHAOS_FAULTS ?= 25
# The output folder of `make bench`, and the runs of each build.
BENCH_OUTPUT ?= .build/bench
BENCH_ROUNDS ?= 5
BENCH := .build/release/clusterrunner-bench
# The packages of custom programs, built in the folder of this package: of the same modules, most is there already.
CUSTOM := examples/custom-project-type
TUTORIAL := .build/tutorial
# The virtual environment of Schemathesis.
ENVIRONMENT := .build/schemathesis
SWIFT_SOURCES := Sources Plugins Tests Package.swift Benchmarks/Sources $(CUSTOM)/Package.swift $(CUSTOM)/Sources \
	$(CUSTOM)/Tests
SHELL_SCRIPTS := $(wildcard scripts/*.sh examples/*.sh examples/*/*.sh examples/*/*/*/*.sh) .ci/run
MAINTAINER_SCRIPTS := $(wildcard packaging/debian/p*)
PYTHON_SCRIPTS := $(wildcard scripts/*.py examples/*/*.py)

.DEFAULT_GOAL := help
.PHONY: help run test custom-program schemathesis api-docs self-test chaos tsan bench lint format release install package package-test docs clean \
	setup-run setup-test setup-install setup-package

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: setup-run ## Build, and run examples/directory-project on the embedded cluster.
	swift build --product clusterrunner
	scripts/run-directory-example.sh .build/debug/clusterrunner

test: setup-test ## Build, and run all tests and examples.
	swift build --build-tests
	scripts/public-api.py
	scripts/run-tests.sh --skip IntegrationTests --skip ExitTests
	scripts/run-tests.sh --filter ExitTests
	scripts/run-tests.sh --filter IntegrationTests
	scripts/make-environment.sh $(ENVIRONMENT)
	$(ENVIRONMENT)/bin/python scripts/check-schema.py .build/debug/clusterrunner
	scripts/run-examples.sh .build/debug/clusterrunner

custom-program: setup-test ## Build and test examples/custom-project-type, a package outside of this one, and its tutorial.
	swift build --package-path $(CUSTOM) --scratch-path .build --build-tests
	scripts/run-tests.sh --package-path $(CUSTOM) --scratch-path .build
	$(CUSTOM)/run.sh .build/debug/custom-clusterrunner
	scripts/extract-page.py $(CUSTOM)/README.md $(TUTORIAL) .
	swift build --package-path $(TUTORIAL) --scratch-path .build --build-tests
	scripts/run-tests.sh --package-path $(TUTORIAL) --scratch-path .build
	$(CUSTOM)/run-tutorial.sh .build/debug/custom-clusterrunner

schemathesis: setup-test ## Send thousands of requests, right and wrong, to a live master and slave; none is answered otherwise than documented.
	swift build --product clusterrunner
	scripts/run-schemathesis.sh .build/debug/clusterrunner $(ENVIRONMENT)

api-docs: setup-test ## Make the OpenAPI documents and the page of the REST API, with examples of the real program.
	swift build --product clusterrunner
	scripts/record-api-examples.py .build/debug/clusterrunner
	scripts/build-openapi.py
	scripts/build-rest-api-page.py

self-test: setup-test ## Build, and run the test suite through ClusterRunner itself.
	swift build --build-tests
	scripts/self-test.sh .build/debug/clusterrunner

chaos: setup-test ## Kill, freeze, cut off, fill and set wrong parts of a cluster for half an hour; no result may be lost.
	swift build --build-tests
	CHAOS_SEEDS=$(CHAOS_SEEDS) CHAOS_FAULTS=$(CHAOS_FAULTS) scripts/run-tests.sh --filter ChaosTests

tsan: setup-test ## Build, and run all tests under ThreadSanitizer; a report of any process is a failure.
	swift build --build-tests --sanitize=thread -Xswiftc -DTHREAD_SANITIZER --scratch-path .build/tsan
	scripts/run-tsan.sh .build/tsan

bench: release ## Measure the optimised binary beside references; the figures go to .build/bench, as JSON.
	swift build --configuration release --product clusterrunner-bench $(RELEASE_FLAGS)
	mkdir -p $(BENCH_OUTPUT)
	$(BENCH) dispatch --program .build/release/clusterrunner --rounds $(BENCH_ROUNDS) --json $(BENCH_OUTPUT)/dispatch.json
	$(BENCH) dispatch --program .build/release/clusterrunner --rounds 1 --atoms 10000 --commands true output \
		--clusters 1x2 --json $(BENCH_OUTPUT)/dispatch-10000.json
	$(BENCH) start --program .build/release/clusterrunner --json $(BENCH_OUTPUT)/start.json
	$(BENCH) master --program .build/release/clusterrunner --rounds $(BENCH_ROUNDS) --json $(BENCH_OUTPUT)/master.json
	$(BENCH) reads --program .build/release/clusterrunner --rounds $(BENCH_ROUNDS) --json $(BENCH_OUTPUT)/reads.json
	$(BENCH) transfer --program .build/release/clusterrunner --json $(BENCH_OUTPUT)/transfer.json
	$(BENCH) workspace --program .build/release/clusterrunner --rounds $(BENCH_ROUNDS) --json $(BENCH_OUTPUT)/workspace.json
	$(BENCH) upload --program .build/release/clusterrunner --rounds $(BENCH_ROUNDS) --json $(BENCH_OUTPUT)/upload.json
	$(BENCH) makespan --suite Benchmarks/Data/networkx-durations.txt --json $(BENCH_OUTPUT)/makespan.json

lint: setup-test ## Check formatting, imports and the syntax of the scripts.
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	python3 scripts/check-imports.py
	scripts/build-openapi.py --check
	scripts/build-rest-api-page.py --check
	@scripts/check-docs.py
	@scripts/check-quotations.py
	@scripts/check-scripts.sh $(SHELL_SCRIPTS) $(PYTHON_SCRIPTS)
	@for script in $(MAINTAINER_SCRIPTS); do sh -n $$script || exit 1; done

format: ## Format the Swift sources in place.
	swift format format --in-place --parallel --recursive $(SWIFT_SOURCES)

release: export CLUSTERRUNNER_COMMIT := $(shell git describe --always --dirty 2>/dev/null)
release: setup-run ## Build the optimised binary, .build/release/clusterrunner.
	swift build --configuration release --product clusterrunner $(RELEASE_FLAGS)

install: release setup-install ## Install the optimised binary, manual pages, completions and units under $(DESTDIR)$(PREFIX).
	scripts/install.sh .build/release/clusterrunner "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)"

package: release setup-package ## Make the Debian package of the optimised binary, in .build/packages.
	rm -f "$(PACKAGES)"/clusterrunner_*.deb
	scripts/build-package.sh .build/release/clusterrunner "$(PACKAGES)"

package-test: release setup-package ## Install the package in a clean Debian 12, and use, upgrade, remove and purge it there; needs root.
	scripts/test-package.sh .build/release/clusterrunner

docs: setup-run ## Build the API documentation of the public modules into .build/docs.
	scripts/build-docs.sh .build/docs ClusterRunner ClusterRunnerPlugin ClusterRunnerTesting

clean: ## Remove all build products.
	rm -rf .build $(CUSTOM)/.build build_results examples/directory-project/build_results

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

setup-install:
	@scripts/setup.sh install

setup-package:
	@scripts/setup.sh package
