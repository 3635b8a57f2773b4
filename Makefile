# Every target does its own set-up; `make demo` and `make test` are all that a newcomer needs.
PY := .venv/bin/python
UV_LOCK := uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
OUT ?= ./demo-out
SHELL := /bin/sh

.PHONY: demo test lint format bench fuzz chaos build clean bare lock setup setup-dev

setup:
	@scripts/setup all

setup-dev:
	@scripts/setup dev

demo: setup
	@$(PY) -m warnbroker demo --out "$(OUT)" $(if $(ONCE),--once) $(if $(JSON),--json) \
		$(if $(PORT),--port $(PORT)) $(if $(ALERT),--alert $(ALERT)) $(if $(SUBSCRIBERS),--subscribers $(SUBSCRIBERS))

test: setup-dev lint
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

lint: setup-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/codespell warnbroker channels docs README.md CHANGELOG.md CONTRIBUTING.md

format: setup-dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: setup-dev
	@$(PY) bench/all.py $(if $(WRITE),--write $(WRITE)) $(if $(JSON),--json)

# Broken messages for every reader: 100,000 unless CASES says otherwise.
fuzz: setup-dev
	@$(PY) -m tests.fuzz $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json)

# 200 deaths of a broker that warns people: nobody may be lost. KILLS=, SUBSCRIBERS=, LEVEL= and SEED= pass through.
chaos: setup-dev
	@$(PY) -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SUBSCRIBERS),--subscribers $(SUBSCRIBERS)) \
		$(if $(LEVEL),--level $(LEVEL)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json)

build: setup-dev
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# Needs uv; the only target that does.
lock:
	$(UV_LOCK) pyproject.toml --group build -o requirements/core.lock
	$(UV_LOCK) pyproject.toml --group build --all-extras -c requirements/core.lock -o requirements/all.lock
	$(UV_LOCK) pyproject.toml --group dev --all-extras -c requirements/all.lock -o requirements/dev.lock

# Both commands of the README in a fresh Debian; needs root and debootstrap.
bare:
	@scripts/bare

clean:
	@rm -rf .venv dist build demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find warnbroker channels tests bench -name __pycache__ -type d -exec rm -rf {} +
