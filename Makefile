# Two commands on a fresh machine: `make demo` and `make test`. Needs Python >= 3.11 and a package index.
PYTHON ?= python3
VENV ?= .venv
OUT ?= demo
PYTEST_ARGS ?= -n 2
BENCH_SIZES ?= 1,10

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test slow bench simulate known clean

demo: $(BIN)/python
	$(PIP) .
	$(BIN)/ipscausal demo --out $(OUT)

test: $(BIN)/python
	$(PIP) --editable ".[test]"
	$(BIN)/python -m pytest $(PYTEST_ARGS)

slow: $(BIN)/python
	$(PIP) --editable ".[test]"
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m slow

bench: $(BIN)/python
	$(PIP) --editable ".[test,bench]"
	for script in spells_to_panel peers spark; do \
	  $(BIN)/python "tests/benchmarks/bench_$$script.py" --sizes $(BENCH_SIZES) || exit 1; done
	$(BIN)/python tests/benchmarks/bench_estimators.py

simulate: $(BIN)/python
	$(PIP) --editable ".[test]"
	$(BIN)/python tests/simulation/size_and_power.py $(SIMULATE_ARGS)

known: $(BIN)/python
	$(PIP) --editable ".[test]"
	$(BIN)/python tests/simulation/national_rollout.py $(KNOWN_ARGS)
	$(BIN)/python tests/simulation/no_effect.py $(KNOWN_ARGS)

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ipscausal needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
