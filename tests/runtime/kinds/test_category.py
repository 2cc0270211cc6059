"""Dictionaries: an id for a word, however it is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import CategoryCodebook
from pliant.runtime.raw import RawColumn, Strings

LEVELS = CategoryCodebook(("3", "a", "True"))


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["a", "3", None, "b", "True"], [3, 2, 0, 1, 4]),
        ([3, 4], [2, 1]),
        ([3.0, None, 3.5], [2, 0, 1]),
        (["nan", "None", ""], [0, 0, 0]),
        ([], []),
    ],
)
def test_category_ids(values: list[Any], ids: list[int]) -> None:
    found = LEVELS.encode(raw(*values))
    assert found.dtype == np.int32
    assert found.tolist() == ids
    assert LEVELS.n_codes == 5


@given(st.lists(st.text(max_size=3), unique=True, min_size=1, max_size=20), st.data())
@settings(max_examples=30, deadline=None)
def test_an_id_leads_back_to_its_level(levels: list[str], data: st.DataObject) -> None:
    book = CategoryCodebook(tuple(levels))
    picked = data.draw(st.lists(st.sampled_from(levels), max_size=20))
    assert [levels[i - 2] for i in book.encode(raw(*picked))] == picked


def test_levels_that_nobody_uses_are_no_matter() -> None:
    words = Strings(np.array([1], dtype=np.int32), ["unused", "a"])
    assert LEVELS.encode(words).tolist() == [3]
