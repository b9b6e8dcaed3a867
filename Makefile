# make run: a running instance. make test: the tests. The rest: make help.

VENV := .venv
BIN := $(VENV)/bin
# pytest-xdist workers
JOBS ?= 2
# The first Python that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Thousands of little databases commit durably, and wait for the disk half of the time: memory serves where there is room.
SCRATCH := $(shell test -w /dev/shm && test "$$(df -k /dev/shm | awk 'END { print $$4 }')" -gt 2000000 && \
	echo PYTEST_DEBUG_TEMPROOT=/dev/shm)
# The headless shell is faster and smaller; either passes.
CHROMIUM ?= $(shell command -v chromium-headless-shell || command -v chromium)

RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
SERVED := web/static/vendor/sprite.svg
BROWSER := node_modules/.dev
# A third of a start is compiling, where Python is told not to keep its bytecode; templates are compiled as well.
COMPILED := $(BIN)/python -m compileall -q core data bot web && $(BIN)/python -c 'from web.pages.templates import compile_all; compile_all()'

.PHONY: help run test test-browser check lock clean sbom replay-image

help:
	@echo 'make run           a running instance on http://127.0.0.1:8080'
	@echo 'make test          the test suite (JOBS=$(JOBS) workers; ARGS=... goes to pytest)'
	@echo 'make test-browser  the tests that need Chromium (CHROMIUM=... or found on PATH)'
	@echo 'make check         formatter, linter, types, import rules, dependency audit'
	@echo 'make lock          make the lock files again from requirements*.in and package.json'
	@echo 'make sbom          what an instance consists of: build/isekai.cdx.json (CycloneDX)'
	@echo 'make replay-image  the build of the container image, step by step without an engine (root, debootstrap)'
	@echo 'make clean         remove everything that was installed or built (never the data)'

run: $(RUNTIME) $(SERVED)
	@$(COMPILED)
	@$(BIN)/isekai migrate
	@exec $(BIN)/isekai serve

test: $(DEV) $(SERVED)
	@$(COMPILED)
	ISEKAI_NO_DOTENV=1 $(SCRATCH) $(BIN)/python -m pytest -n $(JOBS) $(ARGS)

test-browser: $(DEV) $(BROWSER)
	@test -n '$(CHROMIUM)' || { echo 'These tests need Chromium. Debian and Ubuntu: apt-get install' \
		'chromium-headless-shell (or chromium). Elsewhere: make test-browser CHROMIUM=/path/to/chromium'; exit 1; }
	ISEKAI_NO_DOTENV=1 $(SCRATCH) CHROMIUM='$(CHROMIUM)' $(BIN)/python -m pytest -n $(JOBS) -m browser $(ARGS)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/audit.py

COMPILE := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --no-config --universal --quiet \
	--python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links

lock: $(DEV)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt
	$(COMPILE) requirements-node.in -o requirements-node.txt
	npm install --package-lock-only --ignore-scripts

sbom: $(DEV)
	$(BIN)/python tools/sbom.py build/isekai.cdx.json

replay-image:
	$(PYTHON) tools/replay_image.py --work $(or $(WORK),/var/tmp/isekai-replay)

clean:
	rm -rf $(VENV) node_modules web/static/vendor build dist *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# A stamp is younger than what was installed from; removing the directory it lies in asks for it again.

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Isekai needs Python 3.11 or later: make PYTHON=/path/to/python3'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The checkout installs itself as it lies, so that edits need no new installation; no index is asked for it.
$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r requirements.txt
	$(PIP_INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

$(SERVED): package-lock.json .npmrc tools/vendor.py | $(RUNTIME)
	$(BIN)/python tools/vendor.py

$(BROWSER): package-lock.json .npmrc tools/vendor.py | $(RUNTIME)
	$(BIN)/python tools/vendor.py --dev
	@touch $@
