"""What is tried of text alone: those first that read it, others where there is time for them."""

from __future__ import annotations

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.planning import planned, worth_trying
from pliant.core.config import Budget
from pliant.data.table import Table
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.fit_spec import FitSpec

FAMILIES = ["additive", "lightgbm", "sparse_linear"]
WORDS = np.array(["sun", "rain", "wind", "snow", "fog", "hail", "ice", "warm"])


def table(*, beside: bool = False) -> Table:
    rng = np.random.default_rng(0)
    columns = {"text": [" ".join(rng.choice(WORDS, 6)) for _ in range(120)]}
    if beside:
        columns["x"] = rng.normal(size=120)
    question = Question("y", column_from_values(rng.integers(0, 2, 120)))
    found = FrameRows(to_frame(columns), question).table(FitSpec(folds=FEW), None)[0]
    return Table(found.schema, found.coded.with_counts(), found.target, found.roles)


@pytest.mark.parametrize(
    ("beside", "seconds", "families", "tried"),
    [
        (False, 0.01, FAMILIES, ["sparse_linear"]),
        (False, 60.0, FAMILIES, FAMILIES),
        (False, None, FAMILIES, FAMILIES),
        (True, 0.01, FAMILIES, FAMILIES),
        (False, 0.01, FAMILIES[:2], FAMILIES[:2]),
    ],
)
def test_scores_of_text_alone_are_learned_where_there_is_time(
    beside: bool, seconds: float | None, families: list[str], tried: list[str]
) -> None:
    budget = Budget(seconds, None if seconds else 5)
    assert worth_trying(table(beside=beside), families, budget) == tried


@pytest.mark.parametrize(("beside", "first"), [(False, "sparse_linear"), (True, "additive")])
def test_text_alone_is_first_read_itself(beside: bool, first: str) -> None:
    spec = FitSpec(Budget(60.0), folds=FEW)
    plan, experiment = planned(table(beside=beside), spec, FAMILIES, spec.budget, 1)
    assert plan.candidates[0].family == first
    assert {candidate.family for candidate in plan.candidates} == set(FAMILIES)
    assert (plan.first_share < 0.1) == beside
    assert experiment.table.coded.texts[0].counted is not None
