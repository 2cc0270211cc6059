"""Warnings point at the line of the user, however deep in the package they come from."""

from __future__ import annotations

import pytest

import pliant
from few_folds import FEW
from pliant.core.callers import warn
from pliant.core.errors import DataWarning, PliantWarning


def test_a_warning_is_of_a_category_and_points_here() -> None:
    with pytest.warns(PliantWarning, match="worth knowing") as heard:
        warn("worth knowing", DataWarning)
    assert heard[0].category is DataWarning
    assert heard[0].filename == __file__


def test_it_points_here_from_deep_within_a_fit() -> None:
    rows = {"price": ["1,5", "2,5", "3,5", "4,5"] * 9}
    with pytest.warns(DataWarning, match="text is read as numbers") as heard:
        pliant.Regressor(trials=1, models=["additive"], cv=FEW).fit(rows, list(range(36)))
    assert {warning.filename for warning in heard} == {__file__}
