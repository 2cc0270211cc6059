"""A store is searched on a sample of its rows, and its winners are trained on all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.fit import Result, fit
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.data.store.packing import PackOptions, pack
from pliant.data.store.shards import ShardSize
from pliant.data.store.store import Store
from pliant.ensemble.incremental.block_size import BlockSize, cuts
from pliant.ensemble.incremental.join import joined
from pliant.ensemble.incremental.remainder import Remainder
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.ensemble.incremental.sample import StoreRows
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.metrics import roc_auc
from pliant.models.family import IncrementalFamily
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.engines.select import make_engine
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress
from tabular import TABULAR

N_ROWS, SAMPLED, PILE = 20_000, 1_500, 1_500


def columns(n: int, seed: int = 0) -> dict[str, list[object]]:
    """Return rows of which few say little: a wave on three numbers, and a category of many."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    level = rng.integers(0, 40, n)
    signal = np.sin(3 * x[:, 0]) * x[:, 1] + 0.7 * np.sin(7 * level) + 0.3 * x[:, 2] ** 2 - 0.3
    chance = 1 / (1 + np.exp(-2 * signal))
    found = {f"x{j}": x[:, j].tolist() for j in range(3)}
    return {**found, "level": [f"l{v}" for v in level], "y": (rng.random(n) < chance).tolist()}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("stream") / "rows.codes"
    options = PackOptions(shard=ShardSize(rows=PILE))
    return pack(columns(N_ROWS), target="y", output=path, options=options)


def few(store: Store) -> StoreRows:
    """Return rows of which the search sees few, and a block holds some more."""
    sample = SampleSize(untimed_cells=SAMPLED * len(store.schema.used), min_rows=SAMPLED)
    return StoreRows(store, sample, BlockSize(min_rows=1_000, max_rows=7_000))


REQUEST = FitSpec(
    Budget(None, 2), models=["additive", "lightgbm"], resources=Resources(1), folds=FEW
)


def auc(model: Predictor, rows: dict[str, list[object]]) -> float:
    right = np.array(rows["y"], dtype=np.int64)
    return roc_auc(right, model.raw(rows), None)


def streamed(store: Store, told: list[Progress] | None = None) -> Result:
    tell = (lambda progress: None) if told is None else told.append
    return fit(few(store), REQUEST, FitContext(Deadline(None), tell=tell))


def test_the_rest_is_every_row_but_those_of_the_sample_once(store: Store) -> None:
    remainder = Remainder(store, 2, seed=0)
    held = remainder.held_out()
    parts = [t for a, b in ((0, 4_500), (4_500, len(remainder))) for t in remainder.tables(a, b)]
    first = [store.shard(i) for i in range(2)]
    everything = joined([*first, held, *parts])
    whole = joined([store.shard(i) for i in range(store.n_shards)])
    assert len(everything) == len(whole) == N_ROWS
    assert sorted(map(bytes, everything.coded.codes)) == sorted(map(bytes, whole.coded.codes))


def test_blocks_have_equal_sizes_and_every_row() -> None:
    assert cuts(100_000, 4) == [0, 25_000, 50_000, 75_000, 100_000]
    assert cuts(5, 1) == [0, 5]


def test_training_on_all_rows_is_better_than_on_the_sample(store: Store) -> None:
    told: list[Progress] = []
    result = streamed(store, told)
    card, test = result.model.card, columns(4_000, seed=1)
    assert card.facts["rows"] > 10_000 > card.facts["rows searched on"]
    assert [m.refitted for m in result.model.members if "lightgbm" in m.name] == [True]
    assert any(p.stage == "extend" and "block 2 of 3" in p.running for p in told)
    few_rows = columns(SAMPLED)
    question = Question("y", column_from_values(few_rows.pop("y")))
    alone = fit(FrameRows(to_frame(few_rows), question), REQUEST).model
    assert auc(result.model, test) > auc(alone, test) + 0.01
    assert card.score == pytest.approx(auc(result.model, test), abs=0.04)


@pytest.mark.parametrize("name", TABULAR)
def test_every_family_learns_from_more_than_the_sample(store: Store, name: str) -> None:
    """From block after block, or from one that is larger."""
    going_on = isinstance(FAMILIES[name], IncrementalFamily)
    rows = few(store) if going_on else replace(few(store), block=BlockSize(1_000))
    spec = replace(REQUEST, budget=Budget(None, 1), models=[name])
    facts = fit(rows, spec, FitContext(Deadline(None))).model.card.facts
    assert facts["trained on the sample alone"] == []
    assert facts["rows"] > 10_000


def test_what_a_block_cannot_hold_stays_with_the_sample(store: Store) -> None:
    rows = replace(few(store), block=BlockSize(1_000, max_rows=SAMPLED))
    spec = replace(REQUEST, budget=Budget(None, 1), models=["neighbours"])
    facts = fit(rows, spec, FitContext(Deadline(None))).model.card.facts
    (reason,) = facts["trained on the sample alone"]
    assert reason.startswith(
        "neighbours default: no time, no memory, or no rows, to learn from more"
    )
    assert facts["rows"] < 2 * SAMPLED + PILE


def test_without_a_clock_the_same_seed_gives_the_same_model(store: Store) -> None:
    test = columns(100, seed=1)
    one, other = (streamed(store).model.raw(test) for _ in range(2))
    assert np.array_equal(one, other)


def test_blocks_that_a_worker_reads_are_those_that_are_read_here(store: Store) -> None:
    test = columns(100, seed=1)
    here, there = (
        fit(
            few(store),
            replace(REQUEST, resources=Resources(1, engine)),
            FitContext(Deadline(None)),
        )
        for engine in ("serial", "local")
    )
    assert here.model.card.facts["blocks"] == there.model.card.facts["blocks"] == 3
    assert np.array_equal(here.model.raw(test), there.model.raw(test))


def test_with_little_memory_one_worker_has_all_threads(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pliant.training.engines.select.resident_memory", lambda: 200 * 10**6)
    shared = StoreRows(store).shared(Resources(4, memory=900 * 10**6))
    assert shared.workers == 1
    with make_engine(shared, None) as engine:
        assert (engine.workers, engine.threads(1)) == (1, 4)
    assert StoreRows(store).shared(Resources(4, memory=4 * 10**9)).workers == 7
    assert StoreRows(store).shared(Resources(4)).workers is None


def test_a_search_gets_rows_by_its_seconds(store: Store) -> None:
    rows = StoreRows(store)
    assert rows._sample_size(60.0) == N_ROWS
    assert rows._sample_size(0.0) == SampleSize.min_rows
