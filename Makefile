# Every target sets up what it needs. `make help` lists them.

PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
# pyproject.toml holds MkDocs below 2
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test mutants check docs format lock ui clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## create .venv with the pinned versions

.venv/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "MG-IQA needs Python 3.11 or newer; found %d.%d. Name another one: make install PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python has no venv module. Install it first, on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: install  ## the whole pipeline on sample data, from images to a promoted model
	@dvc repro
	@mgiqa promote
	@mgiqa status

test: install  ## all tests, the whole pipeline and the web pages included
	@pytest --numprocesses auto --maxprocesses 4

mutants: install  ## change the code one place at a time and count what no test notices; hours, before a release
	@python benchmarks/mutants.py

check: install  ## formatting, lint, types, import rules, and the links of the documents
	@ruff format --check .
	@ruff check .
	@mypy
	@lint-imports --no-logo
	@mkdocs build --strict

docs: install  ## the documents as a site: site/index.html
	@mkdocs build --strict

format: install  ## repair formatting and what lint can repair
	@ruff check --fix .
	@ruff format .

ui: install  ## Dagster and MLflow in the browser; Ctrl-C stops both
	@mgiqa ui

lock: install  ## resolve pyproject.toml anew and pin every package by version
	@$(BIN)/python -m pip install --quiet --dry-run --ignore-installed --report - --editable '.[dev]' \
	| $(BIN)/python -c 'import json, sys; \
	  pins = {p["metadata"]["name"].lower().replace("_", "-"): p["metadata"]["version"].split("+")[0] for p in json.load(sys.stdin)["install"]}; \
	  pins.pop("mgiqa"); print("# Every package, by version, as resolved by `make lock`.", *(f"{n}=={v}" for n, v in sorted(pins.items())), sep="\n")' \
	> requirements.lock.new && mv requirements.lock.new requirements.lock

clean:  ## remove what the pipeline made, and keep the environment
	@rm -rf data/raw data/validated data/normalized data/models data/evaluation data/report data/registry .work
