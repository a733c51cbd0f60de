# Every command of the project. Settings are environment variables (PROVING_PORT=9000 make run);
# everything written stays in the environment folder (VENV) and the data folder (PROVING_DATA_DIR).

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

CACHE := $(abspath $(VENV))/.cache
PY := $(VENV)/bin/python
APP := $(PY) -m app.cli
PIP_INSTALL := $(PY) -m pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check --require-hashes

export PYTHONPYCACHEPREFIX := $(CACHE)/pycache
unexport PYTHONDONTWRITEBYTECODE
export RUFF_CACHE_DIR := $(CACHE)/ruff
export MYPY_CACHE_DIR := $(CACHE)/mypy

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench eval migrate seed reindex openapi examples lock clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: $(VENV)/runtime.lock  ## Prepare the database and the search index, then serve on 127.0.0.1:8000
	@$(APP) serve

test: $(VENV)/dev.lock  ## Run the whole test suite on SQLite and on a real PostgreSQL; ARGS="tests/kit -x"
	@$(PY) -m pytest -o cache_dir=$(CACHE)/pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

lint: $(VENV)/dev.lock  ## Check style, types and the direction of imports
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy app search
	@$(VENV)/bin/lint-imports --cache-dir $(CACHE)/import-linter

format: $(VENV)/dev.lock  ## Bring the code into its form and repair what can be repaired
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: $(VENV)/dev.lock  ## Measure speed against the bare parts; ARGS="--services 1000"
	@$(PY) -m tests.benchmarks $(ARGS)

eval: $(VENV)/dev.lock  ## Measure quality on gold files; ARGS="path/to/*-results.json"
	@$(PY) -m tests.evaluation $(ARGS)

migrate: $(VENV)/runtime.lock  ## Bring the database to the newest schema
	@$(APP) migrate

seed: $(VENV)/runtime.lock  ## Load the seed data, if it has changed
	@$(APP) seed

reindex: $(VENV)/runtime.lock  ## Build the search indexes anew
	@$(APP) reindex

openapi: $(VENV)/runtime.lock  ## Write docs/openapi.json, docs/policy.md and the pages of states
	@mkdir -p docs
	@$(APP) openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	@$(APP) policy > docs/policy.md.new && mv docs/policy.md.new docs/policy.md
	@for page in listing-states project-stages result-states; do \
	    $(APP) states --page $$page > docs/$$page.md.new && mv docs/$$page.md.new docs/$$page.md; done

examples: $(VENV)/dev.lock  ## Ask the demo catalogue anew for the examples of the document
	@$(PY) -m tests.openapi_examples
	@$(MAKE) --no-print-directory openapi

lock:  ## Resolve the dependencies of pyproject.toml into the lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.lock $(ARGS)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" --extra dev -c requirements.lock pyproject.toml \
	    -o requirements-dev.lock $(ARGS)

clean:  ## Remove the environment folder; the data stays
	rm -rf $(VENV)

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Creating the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.lock: requirements.lock | $(PY)
	@echo "Installing the libraries ..."
	@$(PIP_INSTALL) -r requirements.lock
	@cp requirements.lock $@

$(VENV)/dev.lock: requirements-dev.lock | $(PY)
	@echo "Installing the libraries and the development tools ..."
	@$(PIP_INSTALL) -r requirements-dev.lock
	@cp requirements-dev.lock $@
