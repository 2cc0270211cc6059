"""What a model loses beside the ensemble, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.compress.standing import MAX_ROWS, Standing, Yardstick, share_lost
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import Target
from pliant.runtime.intake import to_frame
from pliant.training.experiment import Experiment, Splitting


def drawn(n: int, seed: int, groups: int | None = None) -> tuple[Yardstick, np.ndarray]:
    """Return a yardstick of n rows and what a model says of them that errs more, by 0.2 or so."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    place = np.arange(n) % groups if groups else np.arange(n)
    wrong = rng.normal(size=place.max() + 1)[place]
    frame = to_frame(values[:, None])
    schema = learn_schema(frame)
    roles = Roles(groups=place if groups else None)
    table = Table(schema, schema.encode(frame), Target("regression", values), roles)
    experiment = Experiment(table, Splitting(0.5, 1), None, 0)
    expected = values[:, None] + wrong[:, None]
    other = rng.normal(size=place.max() + 1)[place]
    yardstick = Yardstick(experiment, -1.0, np.arange(n), expected)
    return yardstick, expected + 0.6 * other[:, None]


@pytest.mark.parametrize("groups", [None, 60])
@pytest.mark.parametrize("n", [600, 2 * MAX_ROWS])
def test_the_error_is_how_far_losses_of_other_rows_spread(n: int, groups: int | None) -> None:
    found = []
    for seed in range(40):
        yardstick, said = drawn(n, seed, groups)
        found.append(yardstick.standing(said))
    spread = np.std([s.lost for s in found])
    assert np.mean([s.error for s in found]) == pytest.approx(spread, rel=0.35)
    assert all(s.score == pytest.approx(-1 - s.lost) for s in found)


def test_what_is_compared_with_other_rows_is_less_sure() -> None:
    yardstick, said = drawn(1000, 0)
    other = Yardstick(yardstick.experiment, yardstick.whole, yardstick.rows)
    assert other.standing(said).error > 1.5 * yardstick.standing(said).error
    assert other.standing(said).lost == pytest.approx(
        share_lost(
            yardstick.experiment.measure(yardstick.experiment.table.target, said, None), -1.0
        )
    )


def test_the_ensemble_loses_nothing() -> None:
    yardstick, _ = drawn(50, 0)
    assert yardstick.expected is not None
    assert yardstick.standing(yardstick.expected) == Standing.as_good(-1.0)


def test_of_one_group_nothing_is_sure() -> None:
    yardstick, said = drawn(50, 0, groups=1)
    assert yardstick.standing(said).error == 1.0


def test_rows_that_are_there_twice_count_once() -> None:
    yardstick, said = drawn(500, 0)
    assert yardstick.expected is not None
    rows, twice = np.tile(yardstick.rows, 2), np.tile(said, (2, 1))
    both = Yardstick(yardstick.experiment, -1.0, rows, np.tile(yardstick.expected, (2, 1)))
    assert both.standing(twice).error == pytest.approx(yardstick.standing(said).error)
