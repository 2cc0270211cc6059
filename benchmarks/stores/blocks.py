"""How to train boosted trees on rows that memory does not hold: three ways, side by side.

    python -m benchmarks.stores.blocks DATA/adult --rows 500000
    python -m benchmarks.stores.blocks DATA/adult --rows 2000000 --short
    python -m benchmarks.stores.blocks DATA/give_me_some_credit --rows 600000 --costs

The rows are those of a real table, drawn again, a fifth of their values swapped with another row's,
and labelled by chance with the probability that 300 trees of the real table give: so more rows have
more to say. All rows at once is the reference; it needs them in memory. Prints processor seconds of
one thread and the log loss on rows that no way has seen.

With `--short` there is time for a few rounds on all rows: how many rounds should a block have then?
Blocks of one size are gone through, as many as there is time for, all seconds of training counted.

With `--costs` it prints what a block of all rows takes besides its rounds, in rounds' time: to be
made into the library's own table, and for each tree that is there already.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import numpy as np

from pliant.core.deadline import Deadline
from pliant.data.read import read_frame
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.features.features import FeatureMap, fit_features
from pliant.metrics import neg_log_loss
from pliant.models.base import Allowance, Data, Fitted, Part
from pliant.models.lightgbm import LightGBM, LightGBMConfig
from pliant.runtime.raw import Frame

CONFIG = LightGBMConfig(learning_rate=0.1, num_leaves=31, feature_fraction=0.8)
TEACHER = replace(CONFIG, num_leaves=63)
SWAPPED, TEACHER_ROUNDS, TEST_ROWS = 0.2, 300, 60_000
SAMPLE, N_BLOCKS, GROWTHS = 0.12, 4, (1.0, 2.0, 3.0, 4.0)
COSTS_ROUNDS, COSTS_TREES = 50, 1000
SHORT_BLOCKS, SHORT_SECONDS, SHORT_ROUNDS = 40, (5.0, 15.0), (10, 20, 40, 80, 160)


def main() -> None:
    """Print a line a way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="folder of train.parquet and a binary task.txt")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--short", action="store_true", help="with little time")
    parser.add_argument("--costs", action="store_true", help="of a block besides its rounds")
    options = parser.parse_args()
    real, features = read(options.table)
    whole, test = drawn(real, features, options.rows, 1), drawn(real, features, TEST_ROWS, 2)
    if options.costs:
        costs(whole)
        return
    if options.short:
        short(whole, test)
        return
    sampled = int(SAMPLE * options.rows)
    sample, rest = part_of(whole, 0, sampled), part_of(whole, sampled, options.rows)
    start = time.process_time()
    first = LightGBM().fit(replace(sample, valid=test.train), CONFIG, Allowance(Deadline(None)))
    show(f"the sample, {first.rounds} rounds", [first], test, start)
    cuts = np.linspace(0, len(rest.train), N_BLOCKS + 1).astype(int)
    blocks = [part_of(rest, a, b) for a, b in pairwise(cuts)]
    for growth in GROWTHS[:2]:
        start, rounds = time.process_time(), round(growth * first.rounds)
        show(f"all at once, {rounds} rounds", [through([whole], rounds)], test, start)
    start = time.process_time()
    apart = [through([block], first.rounds) for block in blocks]
    show(f"{N_BLOCKS} models, a block each, and the sample's", [first, *apart], test, start)
    for begun in (None, first):
        for growth in GROWTHS:
            start, rounds = time.process_time(), round(growth * first.rounds / N_BLOCKS)
            name = "goes on after the sample" if begun else "goes through blocks"
            model = through(blocks, rounds, begun)
            show(f"{name}, {N_BLOCKS} x {rounds} rounds", [model], test, start)


def costs(whole: Data) -> None:
    """Print what a round takes and, in rounds, making a block and each tree that is there."""
    grown = through([part_of(whole, 0, len(whole.train) // 20)], COSTS_TREES)

    def seconds(rounds: int, begun: Fitted | None) -> float:
        start = time.process_time()
        through([whole], rounds, begun)
        return time.process_time() - start

    one, more, later = seconds(1, None), seconds(1 + COSTS_ROUNDS, None), seconds(1, grown)
    a_round = (more - one) / COSTS_ROUNDS
    making, a_tree = one / a_round - 1, (later - one) / a_round / COSTS_TREES
    print(f"a round takes {1e3 * a_round:.1f} ms; in rounds: making a block {making:.1f}, ", end="")
    print(f"a tree that is there {a_tree:.4f}")


def short(whole: Data, test: Data) -> None:
    """Print a line for each number of rounds that a block has, for each number of seconds."""
    size = len(whole.train) // SHORT_BLOCKS
    blocks = [part_of(whole, i * size, (i + 1) * size) for i in range(SHORT_BLOCKS)]
    for seconds in SHORT_SECONDS:
        for rounds in SHORT_ROUNDS:
            model, start = None, time.process_time()
            for n_blocks in count(1):
                model = through([blocks[n_blocks % SHORT_BLOCKS]], rounds, model)
                if time.process_time() - start > seconds:
                    break
            show(f"{n_blocks} x {rounds} rounds of {size} rows", [model], test, start)


def read(folder: Path) -> tuple[Data, FeatureMap]:
    """Return the real table as features."""
    target, task = (folder / "task.txt").read_text().split()
    frame = read_frame(folder / "train.parquet")
    answers = learn_target(target, frame[target], "binary" if task == "binary" else None)
    frame = Frame({n: c for n, c in frame.items() if n != target}, frame.n_rows)
    schema = learn_schema(frame)
    table = Table(schema, schema.encode(frame), answers, Roles())
    features, X = fit_features(table, 0)
    part = Part(X, answers)
    return Data(part, None, features.features), features


def drawn(real: Data, features: FeatureMap, n: int, seed: int) -> Data:
    """Return `n` rows made of the real ones."""
    rng, base = np.random.default_rng(seed), real.train.X
    X = base[rng.integers(0, len(base), n)]
    for f in range(X.shape[1]):
        swapped = np.flatnonzero(rng.random(n) < SWAPPED)
        X[swapped, f] = base[rng.integers(0, len(base), len(swapped)), f]
    teacher = LightGBM().partial_fit(
        None, real, TEACHER, Allowance(Deadline(None), rounds=TEACHER_ROUNDS)
    )
    chance = teacher.predict(X)[:, 0]
    values = (rng.random(n) < chance).astype(np.int64)
    return replace(real, train=Part(X, replace(real.target, values=values)), _made={})


def part_of(data: Data, start: int, stop: int) -> Data:
    """Return some of the rows."""
    rows = np.arange(start, stop)
    return replace(data, train=Part(data.train.X[rows], data.target.take(rows)), _made={})


def through(blocks: Sequence[Data], rounds: int, model: Fitted | None = None) -> Fitted:
    """Return the model that has gone through all blocks."""
    for block in blocks:
        model = LightGBM().partial_fit(
            model, block.apart(), CONFIG, Allowance(Deadline(None), rounds=rounds)
        )
    assert model is not None
    return model


def show(name: str, models: Sequence[Fitted], test: Data, start: float) -> None:
    """Print the loss of models mixed, and the seconds since the start."""
    seconds = time.process_time() - start
    mixed = np.mean([model.predict(test.train.X) for model in models], axis=0)
    loss = -neg_log_loss(test.target.values, mixed, None)
    print(f"{name:50} {seconds:8.1f} s   log loss {loss:.5f}", flush=True)


if __name__ == "__main__":
    main()
