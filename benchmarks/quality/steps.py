"""How large the steps of boosted trees may be where classes are rare.

    python -m benchmarks.quality.steps DIR/kddcup99 [--rows 100000] [--rates 0.3,0.1]
        [--steps 0,1,3,5,10,30] [--threads 2]

LightGBM is trained on rows drawn from the table, with 50 leaves, and its log loss on as many other
rows is printed after some numbers of rounds, for each learning rate and each greatest step (0: no
bound).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.stores.blocks import read
from pliant.core.deadline import Deadline
from pliant.models import lightgbm
from pliant.models.base import Allowance, Data
from pliant.models.lightgbm import LightGBM, LightGBMConfig
from pliant.runtime.ops.outputs import apply_link

ROUNDS = (2, 5, 10, 20, 40)


def main() -> None:
    """Print a line a learning rate and step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="folder of train.parquet and task.txt")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rates", default="0.3,0.1")
    parser.add_argument("--steps", default="0,1,3,5,10,30")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    real, _ = read(options.table)
    order = np.random.default_rng(0).permutation(len(real.train))
    n = min(options.rows, len(order) // 2)
    train, test = (part(real, order[a : a + n]) for a in (0, n))
    for rate in map(float, options.rates.split(",")):
        for step in map(float, options.steps.split(",")):
            lightgbm.MAX_STEP = step
            losses = loss_by_rounds(train, test, rate, options.threads)
            print(f"rate {rate:g}, step {step:g}: {'  '.join(losses)}", flush=True)


def part(real: Data, rows: np.ndarray) -> Data:
    """Return some rows of a table."""
    some = replace(real.train, X=real.train.X[rows], target=real.train.target.take(rows))
    return replace(real, train=some, _made={})


def loss_by_rounds(train: Data, test: Data, rate: float, threads: int) -> list[str]:
    """Return the log loss of other rows after each of some numbers of rounds."""
    fitted, found = None, []
    for done, rounds in zip((0, *ROUNDS), ROUNDS, strict=False):
        allowed = Allowance(Deadline(None), threads, 0, rounds - done)
        config = LightGBMConfig(rate, 50, feature_fraction=0.8)
        fitted = LightGBM().partial_fit(fitted, train, config, allowed)
        said = apply_link(fitted.score(test.train.X), fitted.link)
        score = test.metric(test.train.target, said, None)
        found.append(f"{rounds}: {-score:.5f}")
    return found


if __name__ == "__main__":
    main()
