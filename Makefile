# The two commands of the README are `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types bench clean

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

# What a developer runs before a commit.
check: lint types test

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks examples setup.py
	$(BIN)/ruff format --check src tests benchmarks examples setup.py

types: $(VENV)/.dev
	$(BIN)/mypy

# The quick board: our own figures, on data that comes with scikit-learn; DATA=DIR for other tables.
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py $(if $(DATA),--data $(DATA)) --systems pliant --budgets 10 --out .bench/quick.jsonl
	$(BIN)/python benchmarks/summary.py .bench/quick.jsonl

$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24" "setuptools>=77"
	touch $@

$(VENV)/.demo: $(VENV)/.venv pyproject.toml setup.py constraints.txt src/pliant/runtime/kernel.c
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]"
	touch $@

$(VENV)/.dev: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist .bench src/pliant.egg-info src/pliant/runtime/*.so
