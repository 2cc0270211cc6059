"""What explanations cost and how exact they are, on the tables of a folder.

python -m benchmarks.quality.explanation_cost DIR [--tables adult,phoneme] [--trials 8] [--rows 20]

DIR has NAME/train.parquet, test.parquet and task.txt. A line a table: the columns that the model
reads; milliseconds of processor time a row with 64 background rows, by default and with 16; where
it reads at most 12 columns, the largest difference from all coalitions, as a share of the row's
largest contribution, in the mean over rows; the microseconds that the model takes a row, of many;
and seconds of the importance of all columns on 2,000 rows, five times each.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.data import names, read
from pliant import Classifier, Regressor
from pliant.explain.shapley import MAX_PLAYERS

EXACT_ROWS, EXACT_BACKGROUND = 5, 64


def main() -> None:
    """Fit each table, and print its line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", default="")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--rows", type=int, default=20)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    wanted = options.tables.split(",") if options.tables else names(options.data)
    print("| table | columns | µs a row | ms a row | 16 background rows | error | importance, s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in wanted:
        print(line(options.data / name, options.trials, options.rows), flush=True)


def line(folder: Path, trials: int, n_rows: int) -> str:
    """Return what was measured of one table."""
    table, test = read(folder)
    X, y = table.x, table.y
    estimator = Regressor if table.task == "regression" else Classifier
    model = estimator(trials=trials).fit(X, y).model_
    rows = test.drop(columns=table.target)
    few = rows.iloc[:n_rows]
    kept = {n: model.with_background(rows=n) for n in (16, EXACT_BACKGROUND)}
    kept[16].explain(few[:2])
    costs = [1e3 * seconds(lambda n=n: kept[n].explain(few)) / len(few) for n in (64, 16)]
    columns = len(kept[64].explain(few[:1]).columns)
    many = rows.iloc[np.arange(2_000) % len(rows)]
    a_row = 1e6 * seconds(lambda: model.predict(many)) / len(many)
    answers = test[table.target].iloc[np.arange(2_000) % len(test)]
    shuffling = seconds(lambda: model.importance(many, answers))
    error = f"{apart(kept[64], rows):.2%}" if columns <= MAX_PLAYERS else ""
    return (
        f"| {folder.name} | {columns} | {a_row:.1f} | {costs[0]:.1f} | {costs[1]:.1f} | {error} "
        f"| {shuffling:.1f} |"
    )


def apart(model: Any, rows: Any) -> float:
    """Return how far sampled contributions are from those of all coalitions."""
    few = rows.iloc[:EXACT_ROWS]
    exact, sampled = model.explain(few, error=0).values, model.explain(few).values
    largest = np.abs(exact).max(axis=(1, 2))
    return float((np.abs(exact - sampled).max(axis=(1, 2)) / largest).mean())


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
