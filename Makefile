# What a person types. `make help` lists it.

CARGO ?= cargo
PYTHON ?= python3

# What is deployed where.
FUNCTIONS := discovery query action link webhook report notifier redeliver
ENV ?= dev
STACK ?= homeport-$(ENV)
REGION ?= $(or $(AWS_REGION),$(AWS_DEFAULT_REGION),$(error give REGION=…, for example REGION=eu-central-1))
ARCHITECTURE ?= x86_64
PARAMETERS ?=
SAM := SAM_CLI_TELEMETRY=0 .venv-deploy/bin/sam
WHERE = --stack-name $(STACK) --region $(REGION)
CREDENTIALS = $(addprefix file://,$(wildcard credentials.$(ENV).yaml))
SBER_ROOTS = $(if $(wildcard infra/certificates/sber-roots.pem),SberRoots=file)

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

.PHONY: test-sqs
test-sqs: .venv-sqs/installed ## The retry queue on an SQS that is not ours (moto)
	CARGO="$(CARGO)" infra/test-sqs.sh .venv-sqs/bin

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

# A virtual environment for each set of tools, made when it is needed.
.venv-%/installed: infra/requirements-%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --requirement $<
	touch $@

.PHONY: build
build: .venv-build/installed ## Release functions for AWS in target/lambda/<name>/bootstrap
	PATH="$(CURDIR)/.venv-build/bin:$$PATH" .venv-build/bin/cargo-lambda lambda build --release --locked \
		--lambda-dir target/lambda $(if $(filter arm64,$(ARCHITECTURE)),--arm64) $(FUNCTIONS:%=--bin %)
	$(PYTHON) infra/sizes.py $(FUNCTIONS:%=target/lambda/%/bootstrap)

.PHONY: deploy
deploy: build deploy-built ## The stack on AWS: ENV=dev|prod REGION=… [STACK=…] [PARAMETERS='Name=value …'], credentials in credentials.<env>.yaml
.PHONY: deploy-built
deploy-built: .venv-deploy/installed
	$(SAM) build --build-dir target/sam
	$(SAM) deploy --template-file target/sam/template.yaml --config-file "$(CURDIR)/samconfig.toml" --config-env $(ENV) $(WHERE) \
		--parameter-overrides file://infra/environments/$(ENV).yaml $(CREDENTIALS) $(SBER_ROOTS) \
		Architecture=$(ARCHITECTURE) $(PARAMETERS)

.PHONY: logs
logs: .venv-deploy/installed ## What the functions log: ENV=dev|prod REGION=… [STACK=…]
	$(SAM) logs --tail --region $(REGION) $(FUNCTIONS:%=--cw-log-group /homeport/$(STACK)/%)

.PHONY: destroy
destroy: .venv-deploy/installed ## Delete the stack; with ENV=prod its data stays: ENV=dev|prod REGION=… [STACK=…]
	.venv-deploy/bin/python infra/destroy.py $(STACK) $(REGION)

.PHONY: lint-deploy
lint-deploy: .venv-deploy/installed .venv-test/installed ## The templates: cfn-lint, sam validate, policies
	.venv-deploy/bin/cfn-lint template.yaml infra/*.yaml
	AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --lint
	.venv-test/bin/python -m pytest --quiet infra/tests/test_policies.py infra/tests/test_template.py

.PHONY: test-deploy
test-deploy: lint-deploy build ## Deploy the stack to a local AWS and drive it from end to end
	$(CARGO) build --locked --package homeport
	HOMEPORT_PROGRAM="$$(realpath "$${CARGO_TARGET_DIR:-target}")/debug/homeport" \
		.venv-test/bin/python -m pytest infra/tests

.PHONY: bench
bench: ## Start-up, latency, memory and size of each function beside a do-nothing one; callbacks a second
	$(CARGO) build --locked --release --workspace --bins
	$(CARGO) run --locked --release --package bench
