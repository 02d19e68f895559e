# Each verb does the set-up that it needs; `make help` lists them.

SHELL := /bin/bash
BIN := .venv/bin
CALLS ?= tests/conversations
TURNS ?= 20
EVENTS ?= 100000
KILLS ?= 100
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint calls bench bench-understanding chaos lock clean provisioning-cuts provisioning-hostile package vm

help: ## List what can be done here
	@echo "Nightporter: make VERB"
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing: system packages, .venv, models (minutes the first time)
	@provisioning/setup/setup.sh

demo: setup ## Four real calls to the box on this machine; two of them with parts killed
	@$(BIN)/nightporter demo

run: setup ## Start the box in the foreground with the sample office
	@$(BIN)/nightporter up --sample

test: lint ## Set-up, lint and all tests
	@NIGHTPORTER_MODELS="$${NIGHTPORTER_MODELS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/nightporter/models}" \
	  $(BIN)/python -m models.cli fetch --if-missing vosk-small-ko # Vosk is tested with it
	@$(BIN)/python -m pytest -n 2 --dist loadgroup # two lanes: tests/conftest.py

lint: setup ## Format, style, types and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

calls: setup ## Rehearse written calls and grade them on their rows (CALLS=folder)
	@$(BIN)/nightporter rehearse $(CALLS)

bench: setup ## Measure replies at the caller's ear over real SIP calls (TURNS=n)
	@$(BIN)/nightporter bench call --turns $(TURNS)

bench-understanding: setup ## Measure how well callers are understood
	@$(BIN)/nightporter bench understanding

chaos: setup ## Lose, repeat and delay events; kill broker, box and consumer (EVENTS, KILLS, SEED)
	@$(BIN)/python -m tests.sync.chaos --events $(EVENTS) --kills $(KILLS) --seed $(SEED)

provisioning-cuts: setup ## Kill the provisioner, and cut the power, at every write that it makes
	@$(BIN)/python -m tests.provisioning.cuts

provisioning-hostile: setup ## Plug in 10,000 mutated sticks
	@$(BIN)/python -m tests.provisioning.mutations 10000

package: setup ## Build dist/nightporter_VERSION_ARCH.deb for this machine's architecture
	@nice $(BIN)/python -m provisioning.package.build

vm: package ## Boot the package in a virtual machine, plug in a stick, cut the power (root; long)
	@$(BIN)/python -m tests.provisioning.vm

clean: ## Remove what set-up, tests and demo made here; the user's cache stays
	rm -rf .venv .venv-caldav build dist demo-out bench-out *.egg-info \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
