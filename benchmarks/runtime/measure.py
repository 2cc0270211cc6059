"""How near a model runs to the machine's limit: one row and many, beside peers on the same trees.

    python -m benchmarks.runtime.measure make     # trains the models into .bench/runtime; 2 minutes
    python -m benchmarks.runtime.measure measure --out benchmarks/results/runtime.jsonl

Peers run the very trees: LightGBM's and CatBoost's own evaluators, and ONNX Runtime on a graph of
nothing but the trees and the link; all of them, checked to agree, on one thread. Rates are rows a
second of processor time, so that a machine that is busy with other work says nearly the same;
single rows are timed by the clock. `runtime_page.py` writes docs/runtime.md from the lines of one
machine or of several, a file each. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import machine
from benchmarks.runtime import trees as runtime_trees
from benchmarks.scaling import cost
from pliant import artifact
from pliant.models.quantise import BYTE_ERROR, ERROR, quantise
from pliant.runtime.coded import Coded
from pliant.runtime.level import level, levels, use_level
from pliant.runtime.model import Predictor
from pliant.runtime.synthetic import made_up, rows_of

FOLDER = Path(".bench/runtime")
ROWS, PEER_ROWS, COLUMNS = 200_000, 20_000, 20
REPEATS, CALLS, TURNS = 25, 3_000, 7
BUDGET_SECONDS, MIXED_ROWS, MIXED_COLUMNS = 60, 20_000, 30

Line = dict[str, Any]


def main() -> None:
    """Train, or measure what was trained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["make", "measure"])
    parser.add_argument("--out", type=Path, default=Path("runtime.jsonl"))
    options = parser.parse_args()
    if options.what == "make":
        make()
        return
    same = {"machine": machine.describe(), "date": datetime.now(UTC).date().isoformat()}
    with options.out.open("w") as file:
        for line in measure():
            print(line, flush=True)
            file.write(json.dumps(line | same | {"load": round(os.getloadavg()[0], 1)}) + "\n")


def make() -> None:
    """Train the trees, and the default ensemble of 60 s on a table of 30 mixed columns."""
    from pliant import Classifier

    FOLDER.mkdir(parents=True, exist_ok=True)
    runtime_trees.train(FOLDER, COLUMNS)
    frame, target = cost.make_table(MIXED_ROWS, MIXED_COLUMNS)
    model = Classifier(budget=BUDGET_SECONDS, random_state=0).fit(frame, target).model_.predictor
    artifact.save(model, FOLDER / "mixed.pliant")


def measure() -> Iterator[Line]:
    """Yield every figure."""
    yield from dict_row()
    for name, shape in runtime_trees.SHAPES.items():
        trees = runtime_trees.load(FOLDER, name)
        if name == "trees31":
            yield from numpy_row(trees)
        for line in [*many_rows(trees), *peers(trees)]:
            yield {"trees": name, "shape": shape} | line


def dict_row() -> Iterator[Line]:
    """One row of 30 mixed columns, a dict, into the ensemble of a whole fit."""
    model = artifact.load(FOLDER / "mixed.pliant")
    rows = list(rows_of(made_up(model.schema, 1_000), 1_000))
    found = quantiles({"pliant": model.predict_proba}, rows)
    yield {"figure": "dict row", "level": level()} | next(found)


def numpy_row(trees: runtime_trees.Trees) -> Iterator[Line]:
    """One row of float32 into 100 trees."""
    rows = [row[None] for row in trees.rows(100)]
    systems = {"pliant": trees.model().predict_proba, **trees.peers(1)}
    for line in quantiles(systems, rows):
        yield {"figure": "numpy row"} | line


def many_rows(trees: runtime_trees.Trees) -> Iterator[Line]:
    """Rows a second of this package, at each level; leaves as they are, or quantised."""
    values = np.asfortranarray(trees.rows(ROWS))
    plain = trees.model()
    ops = [quantise(op, ERROR, BYTE_ERROR["sigmoid"]) for op in plain.program.ops]
    whole = Predictor(plain.schema, ops, plain.classes, plain.card)
    highest = level()
    for leaves, model in (("float32", plain), ("int16", whole)):
        codes = model._quick.encode(values)
        assert codes is not None
        for name in levels():
            use_level(name)
            line = {"system": "pliant", "level": name, "leaves": leaves}
            yield from batches(model, values, codes, line)
        use_level(highest)


def batches(model: Predictor, values: np.ndarray, codes: Coded, line: Line) -> Iterator[Line]:
    """Rows a second on codes, and from raw columns to probabilities."""
    for figure, work in (
        ("codes", partial(model.program, codes)),
        ("end to end", partial(model.predict_proba, values)),
        ("C order", partial(model.predict_proba, np.ascontiguousarray(values))),
    ):
        yield {"figure": figure, "rate": ROWS / best(work)} | line


def peers(trees: runtime_trees.Trees) -> Iterator[Line]:
    """Rows a second of the others, on raw values; and on codes, where they take them."""
    values = trees.rows(PEER_ROWS)
    codes = trees.codes(values)
    for system, predict in trees.peers(1).items():
        rate = PEER_ROWS / best(partial(predict, values), 3)
        yield {"figure": "end to end", "system": system, "rate": rate}
    session = trees.session(on_codes=True)
    rate = PEER_ROWS / best(partial(session, codes), 3)
    yield {"figure": "codes", "system": "onnxruntime", "rate": rate}


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least seconds of processor time of a few repeats, after one that warms up."""
    work()
    return min(_timed(work, time.process_time) for _ in range(repeats))


def _timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def quantiles(systems: dict[str, Callable[[Any], object]], rows: list[Any]) -> Iterator[Line]:
    """Yield the median and the 99th percentile of single calls, in seconds.

    Systems take turns; each figure is the median of all turns, as a processor's pace changes.
    """
    turns: dict[str, list[Any]] = {system: [] for system in systems}
    for _, (system, predict) in product(range(TURNS), systems.items()):
        for row in rows[:50]:
            predict(row)
        taken = [_timed(partial(predict, rows[i % len(rows)])) for i in range(CALLS)]
        turns[system].append(np.quantile(taken, [0.5, 0.99]))
    for system, found in turns.items():
        p50, p99 = np.median(found, axis=0)
        yield {"system": system, "p50": float(p50), "p99": float(p99)}


if __name__ == "__main__":
    main()
