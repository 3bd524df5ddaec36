# What a person types. `make help` lists it.

CARGO ?= cargo
PYTHON ?= python3
TOOLS := .venv-build

.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Serve everything on http://127.0.0.1:8080 with a demo home
	$(CARGO) run --locked --package homeport -- run --demo

.PHONY: test
test: ## All tests: laws, golden messages, embedded DynamoDB, built binaries
	$(CARGO) build --locked --workspace --bins
	$(CARGO) test --locked --workspace

.PHONY: test-release
test-release: ## The release functions answer through a Lambda Runtime API
	$(CARGO) build --locked --release --workspace --bins
	HOMEPORT_TEST_BINARIES="$$(realpath "$${CARGO_TARGET_DIR:-target}")/release" \
		$(CARGO) test --locked --package common --test functions

.PHONY: lint
lint: ## Formatting and clippy with warnings as errors, documentation, licences
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --locked --workspace --no-deps --document-private-items
	if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --offline check bans licenses sources; \
	else echo "cargo-deny is not installed: licences not checked (cargo install --locked cargo-deny)"; fi

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: docs
docs: ## Write the generated pages: device schema, model tables, support matrix
	HOMEPORT_UPDATE_DOCS=1 $(CARGO) test --locked --package common --test model

.PHONY: fuzz
fuzz: ## Feed every decoder with random input, longer than the tests do
	PROPTEST_CASES=$${PROPTEST_CASES:-20000} $(CARGO) test --locked --package common --test fuzz

$(TOOLS)/installed: infra/requirements-build.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --requirement infra/requirements-build.txt
	touch $@

.PHONY: build
build: $(TOOLS)/installed ## Release functions for AWS in target/lambda/<name>/bootstrap
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(TOOLS)/bin/cargo-lambda lambda build --release --locked \
		--bin discovery --bin query --bin action --bin link --bin webhook --bin report \
		--bin notifier --bin redeliver

.PHONY: bench
bench: ## Start-up, latency, memory and size of each function beside a do-nothing one
	$(CARGO) build --locked --release --workspace --bins
	$(CARGO) run --locked --release --package bench
