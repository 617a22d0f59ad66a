# Everything one does here. Needs python3 (3.11 or newer), make and pip; `make` alone lists the targets.

PYTHON ?= python3
PORT   ?= 8000
DATA   ?= data
ONLY   ?=
MINUTES ?= 120

LIANXI = LIANXI_PORT=$(PORT) LIANXI_DATA=$(DATA) .venv/bin/lianxi
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help run demo-reset install test lint format bench crash soak lock assets notices texts

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv-runtime  ## set up and serve a demonstration office (PORT=8000, DATA=data)
	@$(LIANXI) demo

demo-reset: .venv-runtime  ## throw the demonstration's data away and load it afresh
	@$(PYTHON) tools/forget.py $(DATA)
	@$(LIANXI) demo --no-serve

install: .venv-development  ## make .venv with everything for development

test: .venv-development  ## set up what the tests need and run all of them
	@python -m tests.support.browser
	@pytest -n $${LIANXI_TEST_WORKERS:-2} --no-loadscope-reorder --cov --cov-report term:skip-covered --cov-fail-under 90 $(ARGS)

lint: .venv-development  ## the checks that need no run: format, lint, types, imports
	ruff format --check .
	ruff check .
	mypy
	lint-imports

format: .venv-development  ## put the code in the one format
	ruff format .
	ruff check --fix .

bench: .venv-development  ## print figures, one JSON line each (ONLY=completion runs a part, ONLY=inbox.1m a large one)
	@python -m bench.run $(ONLY)

crash: .venv-development  ## kill -9 a hundred times amid 1,000 completions, on SQLite and on PostgreSQL
	@python -m tests.crash.kill $(ARGS)

soak: .venv-development  ## mixed load for MINUTES (120), and whether anything grows
	@python -m tests.crash.soak --minutes $(MINUTES) $(ARGS)

lock: .venv-development  ## resolve pyproject.toml into the two locks (ARGS=--upgrade takes newer versions)
	python tools/lock.py $(ARGS)
	$(PYTHON) tools/environment.py development
	python tools/notices.py

notices: .venv-development  ## write THIRD_PARTY_NOTICES.txt from the runtime lock
	python tools/notices.py

texts: .venv-development  ## bring the Chinese catalogue up to date and compile it
	python -m webui.catalogs

assets:  ## build webui/static from webui/assets (needs node and npm)
	npm ci --prefix webui/assets --no-audit --no-fund
	node webui/assets/build.mjs

# The script compares a stamp with the lock itself, in some hundredths of a second, so these are never up to date for make.
.PHONY: .venv-runtime .venv-development
.venv-runtime .venv-development: .venv-%:
	@$(PYTHON) tools/environment.py $*
