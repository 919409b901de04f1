# approxtrain: approximate multipliers, from Verilog to a proven table to a trained network.
# `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# No debug information: Go compiles a sixth sooner. Stack traces and profiles need none.
export GOFLAGS += -gcflags=all=-dwarf=false

BIN := build/approxtrain
# Everything that is compiled or embedded into the program.
SOURCES := $(shell find . \( -path ./.git -o -path ./build -o -path ./docs -o -path ./runs \) -prune -o -type f -not -name '*_test.go' -not -path '*/testdata/*' -print)

# The design of `make lut` and `make check`.
RTL    ?=
TOP    ?=
GOLDEN ?=
ARGS   ?=
# The first seed of `make soak`.
SEED   ?= 1
design := $(foreach f,$(RTL),--rtl $(f)) $(if $(TOP),--top $(TOP)) $(if $(GOLDEN),--golden $(GOLDEN)) $(ARGS)

.PHONY: help bootstrap build build-cuda demo lut check regress test test-all soak signals exhaustive mutants bench gpu-check gpu-check-build fpga-table ptx-report lint clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E "s/:[^#]*## ?/\t/" | awk -F"\t" '{printf "  make %-15s %s\n", $$1, $$2}'
	@echo "  variables: RTL='a.v b.v' TOP=module GOLDEN=name|file.lut|model.c ARGS='more flags'"

bootstrap: ## install missing tools (Verilator, Icarus Verilog, Yosys, a C++ compiler)
	@scripts/bootstrap

build: $(BIN) ## compile the program to build/approxtrain

$(BIN): $(SOURCES)
	@echo "compiling $@" >&2
	@go build -o $@ ./cmd/approxtrain

build-cuda: ## compile the program with CUDA; it also starts without a GPU
	@echo "compiling $(BIN) with CUDA" >&2
	@flags=$$(scripts/fetch-cuda-headers) && CGO_CFLAGS="$$flags" CGO_LDFLAGS="-O2 -g -L$(CURDIR)/gpu/cuda/shim" go build -tags cuda -o $(BIN) ./cmd/approxtrain

demo: bootstrap $(BIN) ## three multipliers, from RTL to checked tables to trained networks
	@scripts/demo

lut: bootstrap $(BIN) ## make the table of a multiplier: make lut RTL=mul.v [GOLDEN=drum6]
	@$(if $(RTL),,echo "usage: make lut RTL=mul.v [TOP=module] [GOLDEN=name] [ARGS='-G W=8']" >&2; exit 2)
	@$(BIN) lut $(design)

check: bootstrap $(BIN) ## compare a multiplier with a golden model: make check RTL=mul.v GOLDEN=drum6
	@$(if $(and $(RTL),$(GOLDEN)),,echo "usage: make check RTL=mul.v GOLDEN=name|file.lut|model.c [ARGS=--full]" >&2; exit 2)
	@$(BIN) check $(design)

regress: bootstrap $(BIN) ## prove every built-in: RTL = golden model = committed table
	@$(BIN) regress $(ARGS)

test: bootstrap $(BIN) ## the tests that a change needs, and the regression of every built-in at 8 bits
	@scripts/test

test-all: bootstrap $(BIN) ## what test leaves out: long tests, all rows of regress, the race detector, CUDA on a stand-in
	@scripts/test-all

soak: bootstrap ## 10,000 faulty lines to a board in Go and 1,000 to an emulated one, half with a wrong product [SEED=1] (5 minutes)
	@set -o pipefail; go test ./fpga -count 1 -timeout 1h -v -run 'TestSoakLong$$' -soak 10000 -soak-seed $(SEED) | grep -v '^=== \|--- PASS'
	@set -o pipefail; go test ./fpga/emulator -count 1 -timeout 1h -v -run 'TestSoakLong$$' -soak 1000 -soak-seed $(SEED) | grep -v '^=== \|--- PASS'

signals: bootstrap ## 300 random signals to all kinds of commands (some eight minutes) [ARGS='-signals-seed 2']
	@set -o pipefail; go test ./cmd/approxtrain -count 1 -timeout 60m -v -run 'TestSignalsLong$$' -args -signals 300 $(ARGS) | grep -v '^=== '

exhaustive: bootstrap ## all 2^32 pairs of multipliers of 16 bits: Booth, logarithmic, binary16 (10 minutes)
	@set -o pipefail; APPROXTRAIN_EVERY_PAIR=1 go test ./cmd/approxtrain ./internal/proof -count 1 -timeout 2h -v -run 'TestScriptsLong$$/exhaustive16$$|TestHalvesLong$$' | grep -v '^=== '

mutants: bootstrap ## 500 mutants of built-in netlists and 320 random netlists in every simulator (an hour)
	@set -o pipefail; go test ./internal/netlist -count 1 -timeout 3h -v -run 'TestMutantsLong$$' -mutants -1 | grep -v '^=== \|--- PASS'
	@set -o pipefail; go test ./internal/witness -count 1 -timeout 2h -v -run 'TestRandomNetlists$$' -random 40 -random-alone | grep -v '^=== \|--- PASS'

bench: bootstrap $(BIN) ## measure this machine: sweeps, builds, products, convolutions [ARGS='--filter conv -v']
	@$(BIN) bench $(ARGS)

gpu-check: gpu-check-build ## compare a GPU with the CPU and measure it, to docs/benchmarks [REQUIRE_GPU=1]
	@mkdir -p docs/benchmarks
	@build/gpu-check/gpu-check --out docs/benchmarks $(ARGS)

gpu-check-build: ## make build/gpu-check, to copy to a machine with a GPU
	@scripts/gpu-check-build

lint: ## run gofmt, go vet, staticcheck, verilator --lint-only, shellcheck, and check the pages
	@scripts/bootstrap --lint
	@scripts/lint

fpga-table: ## remake the tables of docs/fpga.md: every built-in on every board (25 minutes)
	@scripts/fpga-table

ptx-report: ## print registers, spills and instructions of the GPU's kernels, without a GPU [ARGS=--nvcc]
	@scripts/ptx-report $(ARGS)

clean: ## remove build products (not the cache in ~/.cache/approxtrain)
	rm -rf build
