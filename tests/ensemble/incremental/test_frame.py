"""A frame that is too large for its budget is searched on a sample; the winners see all rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.fit import fit
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import SchemaError
from pliant.data.table import Roles
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.join import joined
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.metrics import roc_auc
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.context import FitContext
from pliant.training.fit_spec import FitSpec

N_ROWS, BUDGET = 12_000, 6.0
REQUEST = FitSpec(
    Budget(BUDGET), models=["additive", "lightgbm"], resources=Resources(1), folds=FEW
)


def columns(seed: int) -> tuple[dict[str, list[object]], np.ndarray]:
    rng = np.random.default_rng(seed)
    X, level = rng.normal(size=(N_ROWS, 3)), rng.integers(0, 30, N_ROWS)
    chance = 1 / (1 + np.exp(-3 * np.sin(3 * X[:, 0]) * X[:, 1] - np.sin(7 * level)))
    made: dict[str, list[object]] = {f"x{j}": X[:, j].tolist() for j in range(3)}
    return {**made, "level": [f"l{v}" for v in level]}, rng.random(N_ROWS) < chance


SAMPLE = SampleSize(
    whole_cells_per_second=int(6_000 * 4 / BUDGET),
    cells_per_second=int(1_500 * 4 / BUDGET),
    min_rows=1_000,
)


@pytest.fixture
def large() -> FrameRows:
    """Return rows of which the search should see 1,500."""
    made, answers = columns(0)
    roles = Roles(weight=np.linspace(0.5, 1.5, N_ROWS))
    return FrameRows(
        to_frame(made),
        Question("y", column_from_values(answers)),
        roles,
        sample=SAMPLE,
        block=BlockSize(2_000, None, 3_000),
    )


def test_sample_and_rest_are_every_row_once(large: FrameRows) -> None:
    table, remainder = large.table(REQUEST, None)
    assert remainder is not None
    assert len(table) == 1_500
    assert remainder.shards.shard_rows == (1_500, 2_625, 2_625, 2_625, 2_625)
    parts = list(remainder.tables(0, 4_000)) + list(remainder.tables(4_000, len(remainder)))
    weights = joined([table, remainder.held_out(), *parts]).roles.weight
    assert sorted(weights) == sorted(large.roles.weight)


@pytest.mark.parametrize("engine", [pytest.param("serial", marks=pytest.mark.slow), "local"])
def test_winners_are_trained_on_all_rows(large: FrameRows, engine: str) -> None:
    """Those of a frame go to a worker with its job."""
    spec = replace(REQUEST, resources=Resources(1, engine))
    found = fit(large, spec, FitContext(Deadline(BUDGET)))
    facts = found.model.card.facts
    assert facts["rows searched on"] == 1_500
    assert facts["rows"] > 8_000
    made, answers = columns(1)
    score = roc_auc(answers.astype(np.int64), found.model.raw(made), None)
    assert found.model.card.score == pytest.approx(score, abs=0.03)


def test_a_table_is_searched_on_whole_where_there_is_time(large: FrameRows) -> None:
    table, remainder = large.table(replace(REQUEST, budget=Budget(2 * BUDGET)), None)
    assert (len(table), remainder) == (N_ROWS, None)
    table, remainder = large.table(replace(REQUEST, budget=Budget(None, 3)), None)
    assert (len(table), remainder) == (N_ROWS, None)


def test_an_infinity_is_refused_before_the_search(large: FrameRows) -> None:
    made, _ = columns(0)
    made["x1"][-1] = np.inf
    with pytest.raises(SchemaError, match=rf"column 'x1', row {N_ROWS - 1}"):
        replace(large, frame=to_frame(made)).table(REQUEST, None)
