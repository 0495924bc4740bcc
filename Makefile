# Candor: `make` alone explains itself.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8080
COMPILE = $(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate -q
# Every extra but `learn`, which only training needs: 190 MB.
IMAGE_EXTRAS := ocr ledger oidc sealed webhook otel
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' service/candor/__init__.py)
IMAGE ?= localhost/candor:$(VERSION)
PYTHON_IMAGE ?= python:3.12-slim
EXTRAS ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test check format bench fuzz overload learn-demo openapi dashboards samples chart lock image image-base image-check sbom audit-deps clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Set up .venv if needed, judge the shipped samples over HTTP, show the evidence
	@$(BIN)/candor demo

serve: $(VENV)/.installed ## Serve on 127.0.0.1:8080 (PORT=...) with embedded defaults or CANDOR_CONFIG
	@$(BIN)/candor serve --port $(PORT)

UNIT := tests/unit tests/contracts
TWO := -n 2 --dist loadfile
# Small and many: whoever is done first takes some of the other's.
SHARED := -n 2 --dist worksteal
# These look at the clock, or take the whole machine: one after the other, when the rest is done.
ALONE := tests/bench tests/chaos tests/deploy/test_live.py tests/hostile_images \
	$(addprefix tests/integration/test_,fleet.py jobs_chaos.py outages.py overload.py stream.py)

test: $(VENV)/.installed ## Run all tests (those that need a server or tool that is not installed are skipped)
	@$(BIN)/python -m pytest -q $(SHARED) $(COVERAGE) $(UNIT)
	@$(BIN)/python -m pytest -q $(TWO) $(addprefix --ignore=,$(UNIT) $(ALONE))
	@$(BIN)/python -m pytest -q $(ALONE)

check: $(VENV)/.installed ## All that CI asks: format, lint, types, imports, tests with coverage, OpenAPI drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=service $(BIN)/lint-imports
	$(MAKE) --no-print-directory test COVERAGE="--cov --cov-report="
	$(BIN)/coverage report --include='service/candor/domain/*' --fail-under=95 --format=total
	$(BIN)/candor openapi --check openapi/candor.v1.json

format: $(VENV)/.installed ## Format the code and fix what the linter can fix
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.installed ## Measure against the bare stack, paired in one run; ARGS=--quick for a short one
	@$(BIN)/python -m tests.bench --json out/bench.json $(ARGS)

overload: $(VENV)/.installed ## Offer three times what can be carried; ARGS=--help for more
	@$(BIN)/python -m tests.chaos.overload $(ARGS)

learn-demo: $(VENV)/.installed ## Let labelled traffic teach the screen: DATA=folder with train/*.jsonl.gz, or synthetic
	@$(BIN)/candor learn-demo $(if $(DATA),--data $(DATA))

fuzz: $(VENV)/.installed ## Hostile input: EXAMPLES=1000000 by hypothesis, MINUTES=5 of schemathesis; goes on where it stopped
	@$(BIN)/python -m tests.fuzz --examples $(or $(EXAMPLES),1000000) --minutes $(or $(MINUTES),5) $(ARGS)

openapi: $(VENV)/.installed ## Write openapi/candor.v1.json
	$(BIN)/candor openapi --output openapi/candor.v1.json

dashboards: $(VENV)/.installed ## Write deploy/grafana and the rules of deploy/prometheus from code and thresholds
	@PYTHONPATH=service:. $(BIN)/python -m tools.dashboards

samples: $(VENV)/.installed ## Draw the demo's images again
	$(BIN)/python tools/make_samples.py

chart: $(VENV)/.installed ## Write what the charts carry of others: schema, README, rules, dashboards
	@PYTHONPATH=service $(BIN)/python -m tools.chart.write

lock: $(VENV)/.installed ## Pin the newest allowed dependencies, with hashes and without any index
	$(COMPILE) $(addprefix --extra ,$(IMAGE_EXTRAS)) -o requirements.lock
	$(COMPILE) --all-extras --group dev -c requirements.lock -o requirements-dev.lock

image: $(if $(EXTRAS),out/image.lock) ## Build the container image with buildah: PYTHON_IMAGE=..., EXTRAS=learn adds to it
	@tools/image/build.sh $(IMAGE) --build-arg PYTHON_IMAGE=$(PYTHON_IMAGE) \
		$(if $(EXTRAS),--build-arg LOCK=out/image.lock)

image-base: ## Make a Debian base for PYTHON_IMAGE=localhost/debian-python:3.11, where no registry can be reached
	@tools/image/base.sh localhost/debian-python:3.11

image-check: ## Run the image as an engine would: no root, read-only, no network; needs root and buildah
	@mkdir -p out && $(PYTHON) -m tools.image.check $(IMAGE) --json out/image.json

.PHONY: out/image.lock
out/image.lock: $(VENV)/.installed
	@mkdir -p out
	$(COMPILE) $(addprefix --extra ,$(IMAGE_EXTRAS) $(EXTRAS)) -c requirements-dev.lock -o $@

sbom: $(VENV)/.installed ## Write out/sbom.json (CycloneDX) from requirements.lock
	@mkdir -p out && $(BIN)/python tools/sbom.py requirements.lock --output out/sbom.json

audit-deps: $(VENV)/.installed ## Ask the advisory databases about requirements.lock: needs a network, runs in CI where it is reachable
	$(BIN)/uv tool run pip-audit --requirement requirements.lock --require-hashes --disable-pip --no-deps --strict

clean: ## Remove .venv and caches
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

# A changed lock or pyproject.toml installs again.
$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Candor needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Setting up $(VENV): a minute, once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@
