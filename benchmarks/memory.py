"""How much memory one fit takes: the source of `bytes_a_cell` of each family.

    python benchmarks/memory.py

Prints, for each family in a process of its own, how far resident memory rose above what the
library and the table take, and that by value of the table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from pliant.config import Clock
from pliant.memory import resident_memory
from pliant.metrics import metric_of
from pliant.models.base import Allowance, Data, Part, load_library
from pliant.models.catalogue import FAMILIES
from pliant.table.narrow import narrow
from pliant.table.target import Target
from pliant.testing import number_feature

SIZES = ((200_000, 20, 2), (20_000, 400, 2), (50_000, 20, 8))
SECONDS, SAMPLE_SECONDS = 5.0, 0.01


def main() -> None:
    """Measure every family, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fit", nargs="*", help="family, rows, columns, classes: one fit, here")
    fit = parser.parse_args().fit
    if fit:
        print(measured(fit[0], *map(int, fit[1:])))
        return
    for family in FAMILIES:
        for size in SIZES:
            subprocess.run([sys.executable, __file__, family, *map(str, size)], check=True)


def measured(family: str, rows: int, columns: int, classes: int) -> str:
    """Fit the family's first variant, five seconds at most."""
    load_library(FAMILIES[family].package)
    data = make_data(rows, columns, classes)
    config = next(iter(FAMILIES[family].variants.values()))
    with peak() as seen:
        FAMILIES[family].fit(data, config, Allowance(Clock(SECONDS)))
    rose = seen[-1] - seen[0]
    return (
        f"{family} {rows} x {columns}, {classes} classes: {rose / 1e6:.0f} MB, "
        f"{rose / rows / columns:.1f} bytes a cell"
    )


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
    return Data(parts[0], parts[1], features, metric_of(None, task))


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
