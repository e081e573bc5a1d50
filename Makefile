# The commands of this repository. One build configuration, debug, serves all but bench, so that nothing is built twice.
SCRIPTS := Deploy/scripts

.DEFAULT_GOAL := help
.PHONY: help setup build test demo bench chaos chaos-mutations format format-check imports-check clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: ## Install the system packages that building needs
	$(SCRIPTS)/install-packages.sh

build: setup ## Build the worker
	swift build --product diwan

test: ## Install what tests need and run all tests
	$(SCRIPTS)/install-packages.sh test
	swift test --disable-xctest

demo: build ## Run everything once on this machine, from an empty demo/
	$(SCRIPTS)/demo.sh

bench: setup ## Measure beside the peers, in a release build: a million events, five rounds (EVENTS= ROUNDS= STORE=)
	$(SCRIPTS)/bench.sh --events $(or $(EVENTS),1000000) --rounds $(or $(ROUNDS),5) --store $(or $(STORE),sqlite)

chaos: setup ## Run workers among faults and compare what they made (EVENTS= KILLS= STORE= SEED= ROUNDS= FAULTS=)
	$(SCRIPTS)/chaos.sh EVENTS=$(EVENTS) KILLS=$(KILLS) STORE=$(STORE) SEED=$(SEED) ROUNDS=$(ROUNDS) FAULTS=$(FAULTS)

chaos-mutations: setup ## Show that chaos notices when a guarantee is taken out
	$(SCRIPTS)/chaos-mutations

format: ## Format the sources
	swift format --in-place --recursive --parallel Sources Tests Plugins Package.swift

format-check: ## Check the format, the length of files and what must not stand in them
	$(SCRIPTS)/format-check

imports-check: ## Check who imports whom, and that planted violations are refused
	$(SCRIPTS)/imports-check
	$(SCRIPTS)/imports-check --self-test

clean: ## Remove what was built and what the demo left
	rm -rf .build demo
