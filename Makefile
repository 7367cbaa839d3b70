# Everything a newcomer needs: `make demo`, `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := wandb_registry wandb_sandbox providers tests examples __main__.py

.DEFAULT_GOAL := help
.PHONY: help install engine demo test check format lint types contracts unit integration fix schema lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 14

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Installing the pinned dependencies into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP) ## the virtual environment with the pinned dependencies

engine: $(STAMP) ## the Pulumi engine, found or built into the user's cache
	@$(BIN)/wandb-registry env --install > /dev/null

demo: $(STAMP) ## the whole migration on a local W&B server: scan, preview, up, verify, drift (KEEP=1 leaves it up)
	@$(BIN)/python -m examples.demo

test: check unit integration ## everything that CI runs

check: format lint types contracts ## the static checks

format: $(STAMP)
	@$(BIN)/ruff format --check .

lint: $(STAMP)
	@$(BIN)/ruff check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

contracts: $(STAMP) ## the import contracts
	@$(BIN)/lint-imports --no-cache

unit: $(STAMP) ## fast tests, without the engine
	@$(BIN)/pytest -m "not engine" -n 2

integration: $(STAMP) engine ## tests on the real engine
	@$(BIN)/pytest -m engine -n 2

fix: $(STAMP) ## format and mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

schema: $(STAMP) ## write the JSON schema of stack files anew
	@$(BIN)/python -c 'from wandb_registry.state.schema import stack_schema; print(stack_schema(), end="")' > stacks/schema.json

lock: $(STAMP) ## pin the newest allowed dependencies anew
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --upgrade --rebuild --extra dev --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --output-file requirements.lock pyproject.toml

clean: ## remove what the targets made here
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
