"""Rows as their owner has them: cut, copied, and their width told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from pliant.models.foreign import OwnRows

X = np.arange(24.0).reshape(6, 4)
KINDS: dict[str, tuple[Any, int]] = {
    "array": (X, 4),
    "images": (X.reshape(6, 2, 1, 2), 4),
    "pandas": (pd.DataFrame(X), 4),
    "polars": (pl.DataFrame(X), 4),
    "sparse": (sparse.csr_matrix(X * (X % 4 == 1)), 1),
    "list": (["a", "b", "c", "d", "e", "f"], 1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_any_kind_are_cut(kind: str) -> None:
    own, width = KINDS[kind]
    rows = OwnRows.of(own, np.arange(6))
    taken = rows.take(np.array([4, 1]))
    assert (len(rows), rows.width, len(taken)) == (6, width, 2)
    assert type(taken.X) is type(rows.X)
    assert taken.y.tolist() == [4, 1]


def test_what_is_taken_is_a_copy() -> None:
    rows = OwnRows.of(X.copy(), np.arange(6))
    taken = rows.take(np.arange(6))
    taken.X[:] = 0.0
    taken.y[:] = 0
    assert np.array_equal(rows.X, X)
    assert np.array_equal(rows.y, np.arange(6))


def test_targets_of_several_columns() -> None:
    rows = OwnRows.of(X, X[:, :2])
    assert len(rows) == 6
    assert rows.take(np.array([0])).y.shape == (1, 2)
