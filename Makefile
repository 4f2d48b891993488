# Two commands on a fresh machine: `make demo` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
READY := $(VENV)/.ready

PYTEST := $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 15

.PHONY: demo test slow lint types layers unit lock clean

demo: $(READY)
	$(BIN)/fanwen demo

test: lint types layers unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

# Files of tests, the crawler's long ones first, in as many processes as there are processors; a single test goes by "pytest" alone.
unit: $(READY)
	$(PYTEST) -m "not slow"

# What takes minutes: processes of Spark that die in the middle, an object store, a crawl killed again and again.
slow: $(READY)
	$(PYTEST) -m slow

# What the lock names is installed as it is (--no-deps): the resolver has nothing left to decide.
$(READY): $(LOCK) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fanwen needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
	  --no-annotate --custom-compile-command "make lock" -o $(LOCK) pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
