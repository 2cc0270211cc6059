# The two commands of the README are `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test slow parity sanitize check lint types docs bench bench-peers bench-cost clean

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# What takes long: clusters that lose nodes, fits that are killed again and again. Rooms with hardly
# a cluster run side by side; clusters have the machine to themselves.
WITHOUT_CLUSTERS := tests/data tests/cli tests/search tests/ensemble tests/compress tests/compile tests/runtime \
	tests/models/foreign
CLUSTERS_BESIDE := tests/ensemble/incremental/test_data_parallel_clusters.py
slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal --ignore $(CLUSTERS_BESIDE) $(WITHOUT_CLUSTERS)
	$(BIN)/python -m pytest -m slow $(addprefix --ignore ,$(WITHOUT_CLUSTERS))
	$(BIN)/python -m pytest -m slow $(CLUSTERS_BESIDE)

# Every family, a million rows: NumPy, the kernel at each level, ONNX Runtime; half an hour.
parity: $(VENV)/.dev
	PARITY_ROWS=1000000 $(BIN)/python -m pytest -m slow tests/runtime/test_parity.py tests/compile/onnx

# The kernel's own tests under AddressSanitizer and UndefinedBehaviorSanitizer.
SANITIZED := .bench/sanitized
sanitize: $(VENV)/.dev
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED)
	cp -r src setup.py pyproject.toml README.md LICENSE $(SANITIZED)
	cd $(SANITIZED) && CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" \
		$(abspath $(BIN))/python setup.py -q build_ext --inplace --force
	PLIANT_REQUIRE_KERNEL=1 PYTHONPATH=$(SANITIZED)/src ASAN_OPTIONS=detect_leaks=0 \
		LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		$(BIN)/python -m pytest tests/runtime

# What a developer runs before a commit.
check: lint types test

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks examples setup.py
	$(BIN)/ruff format --check src tests benchmarks examples setup.py
	$(BIN)/lint-imports --no-cache --no-logo

types: $(VENV)/.dev
	$(BIN)/mypy

# The documents and the reference, as pages in .bench/site.
docs: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	$(BIN)/mkdocs build --strict --quiet

# The quick board: our own figures, in minutes, against the accepted ones.
bench: $(VENV)/.bench
	rm -f .bench/quick.jsonl .bench/micro.json
	$(BIN)/python -m benchmarks.board.run --systems pliant --budgets 5 --out .bench/quick.jsonl
	$(BIN)/python -m pytest benchmarks/runtime/micro.py --benchmark-json .bench/micro.json
	$(BIN)/python -m benchmarks.board.summary .bench/quick.jsonl
	$(BIN)/python -m benchmarks.board.gate .bench/quick.jsonl .bench/micro.json

# Everything side by side with peers, an environment each; hours. DATA=DIR for other tables.
RESULTS ?= .bench/results
PAGE ?= .bench/benchmarks.md
BOARD := $(RESULTS)/$(if $(DATA),tables,open).jsonl
RUN := $(BIN)/python -m benchmarks.board.run $(if $(DATA),--data $(DATA)) --out $(BOARD)
PEERS := catboost,lightgbm,histgb,optuna_lightgbm,flaml,autogluon_medium,autogluon_good,h2o
bench-peers: $(VENV)/.bench
	$(BIN)/python -m benchmarks.board.environments
	$(RUN) --systems pliant --budgets 10,30,60
	$(RUN) --systems $(PEERS) --budgets 60
	$(BIN)/python -m benchmarks.board.page --results $(RESULTS) --page $(PAGE)

# How the cost of a fit grows with rows, columns and trials.
bench-cost: $(VENV)/.bench
	$(BIN)/python -m benchmarks.scaling.cost --out $(RESULTS)/cost.jsonl
	$(BIN)/python -m benchmarks.board.page --results $(RESULTS) --page $(PAGE)

$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24" "setuptools>=77"
	touch $@

KERNEL := $(wildcard src/pliant/runtime/kernel/*.[ch])
$(VENV)/.demo: $(VENV)/.venv pyproject.toml setup.py constraints.txt $(KERNEL)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]"
	touch $@

$(VENV)/.dev: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	touch $@

clean:
	rm -rf $(VENV) build dist .bench src/pliant.egg-info src/pliant/runtime/*.so
