"""Columns that tell much the same."""

from __future__ import annotations

import numpy as np

from pliant.explain.association import associated, cramers_v
from pliant.explain.inputs import Input, Inputs
from pliant.runtime.coded import Coded

N = 400
RNG = np.random.default_rng(0)


def codes(values: np.ndarray) -> np.ndarray:
    return (np.argsort(np.argsort(values)) * 50 // N + 1).astype(np.uint8)


def table() -> tuple[Inputs, Coded]:
    base = RNG.normal(size=N)
    numbers = [base, -base + RNG.normal(0, 0.1, N), RNG.normal(size=N)]
    thirds = np.digitize(base, np.quantile(base, [0.25, 0.5, 0.75]))
    other = RNG.integers(0, 4, N)
    renamed = (other + 1) % 4
    ids = np.stack([thirds, other, renamed], axis=1).astype(np.int32)
    names = ["size", "lack", "free", "band", "town", "code"]
    inputs = [Input(n, codes=range(j, j + 1)) for j, n in enumerate(names[:3])]
    inputs += [Input(n, ids=range(j, j + 1)) for j, n in enumerate(names[3:])]
    return Inputs(tuple(inputs)), Coded(np.stack([codes(v) for v in numbers], axis=1), ids)


def test_columns_that_tell_the_same_are_named_and_others_not() -> None:
    found = associated(*table())
    assert found == {
        "size": ("lack", "band"),
        "lack": ("size", "band"),
        "band": ("size", "lack"),
        "town": ("code",),
        "code": ("town",),
    }


def test_many_levels_on_few_rows_are_no_association() -> None:
    x, y = RNG.integers(0, 40, 100), RNG.integers(0, 40, 100)
    assert cramers_v(x, y) < 0.3


def test_a_column_of_one_value_goes_with_nothing() -> None:
    inputs, coded = table()
    same = Coded(np.ones_like(coded.codes), np.ones_like(coded.ids))
    assert associated(inputs, same) == {}
    assert associated(inputs, coded.take(np.arange(1))) == {}
