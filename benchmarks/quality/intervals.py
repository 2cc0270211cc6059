"""How good the intervals of a regression are, by what model tells the spread of its errors.

python -m benchmarks.quality.intervals DIR [--tables abalone,diamonds] [--trials 4] [--rows 5000]

Of each regression table in DIR (folders with train.parquet, test.parquet, task.txt), and two
made-up ones, one fit; then a spread learned in several ways. A line has the share of the test rows
within intervals of 90 %, their mean width and interval score (Gneiting and Raftery, 2007; less is
better), both over those of one width for all rows, and the bytes that they add to the file.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pliant import Regressor, artifact
from pliant.automl.intervals import SpreadOptions, learn_intervals
from pliant.core.deadline import Deadline
from pliant.models.additive import AdditiveConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.training.engines.serial import SerialEngine
from pliant.training.records import Candidate

COVERAGE = 0.9

SPREADS: Mapping[str, tuple[str, Any]] = {
    "constant": ("additive", AdditiveConfig(rounds=0)),
    "additive 32": ("additive", AdditiveConfig(0.2, 32, 5.0)),
    "additive 16": ("additive", AdditiveConfig(0.1, 16, 20.0)),
    "lightgbm 4": ("lightgbm", LightGBMConfig(0.05, 4, 20, 0.8, 0.75)),
    "lightgbm 8": ("lightgbm", LightGBMConfig(0.05, 8, 20, 0.8, 0.75)),
    "lightgbm 16": ("lightgbm", LightGBMConfig(0.05, 16, 20, 0.8, 0.75)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", default="")
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--rows", type=int, default=5000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name, train, test, target in tables(options):
        for line in lines(train, test, target, options.trials):
            print({"table": name, **line}, flush=True)


def tables(options: argparse.Namespace) -> Iterator[tuple[str, Any, Any, str]]:
    wanted = set(filter(None, options.tables.split(",")))
    for folder in sorted(options.data.iterdir()):
        if (folder / "task.txt").exists() and (not wanted or folder.name in wanted):
            target, task = (folder / "task.txt").read_text().split("\t")
            if task.strip() == "regression":
                parts = [pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test")]
                train, test = (f.sample(min(len(f), options.rows), random_state=0) for f in parts)
                yield folder.name, train, test, target
    for name in ("one noise", "noise that grows"):
        if not wanted or name in wanted:
            yield name, made_up(name, 3000, 0), made_up(name, 5000, 1), "y"


def made_up(name: str, n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (n, 5))
    noise = np.ones(n) if "one" in name else 0.2 + 2 * np.abs(X[:, 1])
    y = 3 * np.sin(3 * X[:, 0]) + X[:, 2] * X[:, 3] + noise * rng.normal(size=n)
    return pd.DataFrame(X, columns=list("abcde")).assign(y=y)


def lines(train: Any, test: Any, target: str, trials: int) -> Iterator[dict[str, Any]]:
    fit = Regressor(trials=trials, models=["additive", "lightgbm"])
    fit.fit(train.drop(columns=target), train[target])
    found, plain = fit.model_._shrinking, fit.model_.predictor
    assert found is not None
    rows, answers = test.drop(columns=target), test[target].to_numpy(dtype=np.float64)
    constant: tuple[float, float] | None = None
    with SerialEngine() as engine:
        engine.start(found.builder.experiment)
        for name, (family, config) in SPREADS.items():
            how = SpreadOptions(Candidate(family, "spread", config))
            args = found.builder.experiment, found.selection, engine, Deadline(None), how
            model = learn_intervals(*args).of(plain)
            low, high = model.interval(rows, COVERAGE).T
            inside = (answers >= low) & (answers <= high)
            out = np.maximum(low - answers, 0) + np.maximum(answers - high, 0)
            score = float(np.mean(high - low + 2 / (1 - COVERAGE) * out))
            width = float(np.mean(high - low))
            constant = constant or (width, score)
            yield {
                "spread": name,
                "covered": round(float(inside.mean()), 3),
                "width": round(width / constant[0], 3),
                "score": round(score / constant[1], 3),
                "bytes": artifact.size_of(model) - artifact.size_of(plain),
            }


if __name__ == "__main__":
    main()
