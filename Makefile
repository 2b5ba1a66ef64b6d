# Tarn, from a fresh machine. `make` alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

SCALE ?= 1
PREFIX ?= /usr/local
MINUTES ?= 10
SEED ?= 1
SEEDS ?= 500
SWIFT_FLAGS ?=

SOURCES := Package.swift versions.lock $(shell find Sources -type f -o -type d)
EXAMPLES := $(shell find examples -type f -o -type d 2>/dev/null)

.PHONY: help
help:
	@printf '%s\n' \
	  'make run        set up, build, run the TPC-DS example pipeline (SCALE=1)' \
	  'make build      set up, build bin/tarn in release mode' \
	  'make test       set up, build, run all tests' \
	  'make install    copy bin, lib, share and shell completions to PREFIX ($(PREFIX)); DESTDIR is honoured' \
	  'make soak       faults with fresh seeds for MINUTES=10, and a table of how each fared' \
	  'make fuzz-load  random documents through dlt and the loader: SEEDS=500, the first of them SEED=1' \
	  'make lint       formatting, layers, pins' \
	  'make format     format all Swift sources' \
	  'make docs       reference documentation in build/docs' \
	  'make bench      measurements against plain DuckDB' \
	  'make bench-peers  Prefect and Dagster, for make bench BENCH=server' \
	  'make setup      just put in place what the build needs' \
	  'make clean      remove what was built; make distclean: also what set-up put in place' \
	  '' \
	  'SWIFT_FLAGS="-j 2" is handed to swift build and swift test.'

.PHONY: setup
setup:
	@scripts/setup

.PHONY: build
build: bin/tarn share/tarn/examples

# Set-up comes first but does not by itself make the binary old.
bin/tarn: $(SOURCES) | setup
	swift build -c release --product tarn --static-swift-stdlib $(SWIFT_FLAGS)
	@mkdir -p bin
	@strip -o bin/tarn.new .build/release/tarn && mv -f bin/tarn.new bin/tarn

share/tarn/examples: $(EXAMPLES)
	@rm -rf $@ && mkdir -p $@ && cp -R examples/. $@/ && touch $@

.PHONY: run
run: build
	@bin/tarn example tpcds --scale $(SCALE) --dir build/tpcds-sf$(SCALE)

.PHONY: test
test: build
	@scripts/setup-tests
	@# More at a time takes as long on two cores, and the tests that watch a clock or a screen wait too long for their turn.
	@scripts/in-memory-folder scripts/run-tests --parallel --experimental-maximum-parallelization-width 6 $(SWIFT_FLAGS)

.PHONY: soak
soak: build
	@scripts/setup-tests
	@SWIFT_FLAGS="$(SWIFT_FLAGS)" scripts/soak "$(MINUTES)"

.PHONY: fuzz-load
fuzz-load: build
	@scripts/setup-tests
	@TARN_LOADER_SEED=$(SEED) TARN_LOADER_SEEDS=$(SEEDS) \
	  scripts/in-memory-folder swift test --no-parallel --filter GeneratedLoadTests $(SWIFT_FLAGS)

.PHONY: lint
lint:
	@scripts/format lint
	@scripts/check-layers
	@scripts/check-pins

.PHONY: format
format:
	@scripts/format

.PHONY: install
install: build
	@scripts/install "$(DESTDIR)$(PREFIX)"

.PHONY: docs
docs: setup
	@scripts/docs

.PHONY: bench
bench: build
	swift run -c release --package-path Benchmarks $(SWIFT_FLAGS) TarnBenchmarks $(BENCH)

.PHONY: bench-peers
bench-peers:
	python3 -m venv .deps/bench-venv
	.deps/bench-venv/bin/pip install --quiet prefect==3.8.8 fastapi==0.140.0 dagster==1.13.28

.PHONY: clean
clean:
	rm -rf .build Benchmarks/.build bin build share

.PHONY: distclean
distclean: clean
	rm -rf .deps lib .swiftpm Benchmarks/.swiftpm Package.resolved Benchmarks/Package.resolved Sources/CDuckDB/duckdb.h
