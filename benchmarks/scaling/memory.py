"""How much memory one fit takes: the source of `bytes_per_cell` of each family.

    python -m benchmarks.scaling.memory
    python -m benchmarks.scaling.memory --blocks
    python -m benchmarks.scaling.memory --making

Prints, for each family in a process of its own, how far resident memory rose above what the
library and the table take, and that by value of the table. With `--blocks` it is going through two
blocks that is measured, the block's own codes included: the source of `bytes_per_block_cell`. With
`--making` it is making the features of a split, of numbers alone and of categories too: the source
of `needs.MAKING`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args

import numpy as np

from pliant.core.deadline import Deadline
from pliant.core.memory import give_back, resident_memory
from pliant.data.narrow import narrow
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import Target, learn_target
from pliant.ensemble.incremental.blocks import ROW_BYTES
from pliant.features.block import View
from pliant.models.base import OUTPUT_BYTES, Allowance, Data, Part, load_library
from pliant.models.family import Family, IncrementalFamily, default_config
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values, to_frame
from pliant.testing import number_feature
from pliant.training.experiment import Experiment, Splitting

SIZES = ((200_000, 20, 2), (20_000, 400, 2), (50_000, 20, 8))
BLOCK_SIZES = ((1_000_000, 20, 2), (200_000, 90, 2), (200_000, 20, 8))
SECONDS, SAMPLE_SECONDS = 5.0, 0.01
ROUNDS = 3
MAKING_ROWS, MAKING_COLUMNS, MAKING_LEVELS = 300_000, 10, 300


def main() -> None:
    """Measure every family, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fit", nargs="*", help="family, rows, columns, classes: one fit, here")
    parser.add_argument("--blocks", action="store_true")
    parser.add_argument("--making", action="store_true")
    options = parser.parse_args()
    if options.making:
        for n_numbers in (MAKING_COLUMNS, 2):
            print("\n".join(making(n_numbers)))
        return
    if options.fit:
        family, sizes = FAMILIES[options.fit[0]], map(int, options.fit[1:])
        print(through_blocks(family, *sizes) if options.blocks else measured(family, *sizes))
        return
    blocks = ["--blocks"] if options.blocks else []
    for name, family in FAMILIES.items():
        if options.blocks and not isinstance(family, IncrementalFamily):
            continue
        for size in BLOCK_SIZES if options.blocks else SIZES:
            command = [
                sys.executable,
                "-m",
                "benchmarks.scaling.memory",
                *blocks,
                name,
                *map(str, size),
            ]
            subprocess.run(command, check=True)


def measured(family: Family, rows: int, columns: int, classes: int) -> str:
    """Fit the family's first variant, five seconds at most."""
    load_library(family.package)
    data = make_data(rows, columns, classes)
    config = default_config(family)
    with peak() as seen:
        family.fit(data, config, Allowance(Deadline(SECONDS)))
    return told(family, (rows, columns, classes), seen[-1] - seen[0])


def through_blocks(family: IncrementalFamily, rows: int, columns: int, classes: int) -> str:
    """Let the family's first variant go through two blocks."""
    load_library(family.package)
    config, fitted = default_config(family), None
    small = replace(make_data(1_000, columns, classes), valid=None)
    family.partial_fit(None, small, config, Allowance(Deadline(None), rounds=1))
    with peak() as seen:
        for _ in range(2):
            data = replace(make_data(rows, columns, classes), valid=None)
            fitted = family.partial_fit(
                fitted, data, config, Allowance(Deadline(None), rounds=ROUNDS)
            )
            del data
    fixed = rows * (ROW_BYTES + 2 * OUTPUT_BYTES * (1 if classes == 2 else classes))
    return told(family, (rows, columns, classes), seen[-1] - seen[0] - int(fixed))


def told(family: Family, size: tuple[int, int, int], rose: int) -> str:
    """Return a line."""
    rows, columns, classes = size
    return (
        f"{family.name} {rows} x {columns}, {classes} classes: {rose / 1e6:.0f} MB, "
        f"{rose / rows / columns:.1f} bytes a cell"
    )


def making(n_numbers: int) -> Iterator[str]:
    """Make the features of a split in every view; columns that are no numbers are categories."""
    rng, n = np.random.default_rng(0), MAKING_ROWS
    levels = np.array([f"l{v}" for v in range(MAKING_LEVELS)], dtype=object)
    frame = to_frame(
        {
            f"x{j}": rng.normal(size=n) if j < n_numbers else rng.choice(levels, n)
            for j in range(MAKING_COLUMNS)
        }
    )
    schema = learn_schema(frame)
    target = learn_target("y", column_from_values(rng.integers(0, 2, n)), None)
    experiment = Experiment(
        Table(schema, schema.encode(frame), target, Roles()), Splitting(0.2, 1), None, 0
    )
    del frame
    assert experiment.splits
    for view in get_args(View):
        experiment.let_go()
        give_back()
        with peak() as seen:
            width = len(experiment.prepared(0, view).features.features)
        a_cell = (seen[-1] - seen[0]) / n / width
        yield f"{n_numbers} numbers, {view}: {width} features, {a_cell:.1f} bytes a value"


def make_data(rows: int, columns: int, classes: int) -> Data:
    """Return random codes and a target that two of them make."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, (rows, columns), dtype=np.uint8)
    signal = X[:, 0] + X[:, 1] * rng.random(rows)
    cuts = np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1])
    task = "binary" if classes == 2 else "multiclass"
    target = Target(task, narrow(np.searchsorted(cuts, signal)), tuple(range(classes)))
    order = np.arange(rows)
    valid, train = order[: rows // 5], order[rows // 5 :]
    parts = [Part(X[r], target.take(r)) for r in (train, valid)]
    features = tuple(number_feature(f"x{j}") for j in range(columns))
    return Data(parts[0], parts[1], features)


@contextmanager
def peak() -> Iterator[list[int]]:
    """Give a list of resident bytes that rise from the first to the most."""
    seen, over = [resident_memory()], threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.append(max(seen[-1], resident_memory()))
            time.sleep(SAMPLE_SECONDS)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
