"""Accumulated local effects."""

from __future__ import annotations

import numpy as np
import pytest
from small_models import frame, model

from pliant.core.errors import ConfigError, DataError
from pliant.explain.effect import MAX_POINTS, accumulated_effect
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.model import Predictor

ADDITIVE = model("regression", "additive")


def test_the_effect_of_an_additive_model_is_its_own_part() -> None:
    """What it says of rows that differ in the column alone, up to a constant."""
    coded = ADDITIVE.schema.encode(frame())
    found = accumulated_effect(ADDITIVE, coded, "number")
    column = next(c for c in ADDITIVE.schema.binned if c.name == "number")
    book = column.book
    assert isinstance(book, NumberCodebook)
    part = coded.take(np.zeros(len(found.values), dtype=np.intp))
    part.codes[:, column.codes.start] = np.searchsorted(book.centers, found.values) + 1
    said = ADDITIVE.program(part)
    assert np.allclose(np.diff(said, axis=0), np.diff(found.effects, axis=0), atol=1e-9)
    assert len(found.values) == MAX_POINTS
    assert (np.diff(found.values) > 0).all()


def test_it_is_0_in_the_mean_over_the_rows() -> None:
    coded = ADDITIVE.schema.encode(frame())
    column = next(c for c in ADDITIVE.schema.binned if c.name == "number")
    few = coded.take(np.flatnonzero(coded.codes[:, column.codes.start] > 0)[:20])
    found = accumulated_effect(ADDITIVE, few, "number")
    places = np.searchsorted(column.book.centers, found.values) + 1  # type: ignore[attr-defined]
    at = np.searchsorted(places, few.codes[:, column.codes.start])
    assert abs(found.effects[at].mean()) < 1e-12


def test_several_classes_have_an_effect_each() -> None:
    three = model("multiclass", "lightgbm", "additive")
    found = accumulated_effect(three, three.schema.encode(frame()), "number")
    assert found.effects.shape[1] == 3
    assert np.allclose(found.effects.sum(axis=1), 0, atol=1e-9)
    assert list(next(found.rows(three.classes)))[:2] == ["value", "effect(0)"]


@pytest.mark.parametrize(
    ("of", "name", "said"),
    [
        (ADDITIVE, "colour", "expected a column of the fit"),
        (ADDITIVE, "level", "a column of numbers to tell its effect, got 'level': category"),
        (ADDITIVE, "when", "got 'when': time"),
        (model("binary", "lightgbm"), "level", "it does not read 'level'"),
    ],
)
def test_what_has_no_effect_is_said(of: Predictor, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        accumulated_effect(of, of.schema.encode(frame()), name)


def test_rows_of_one_value_are_refused() -> None:
    coded = ADDITIVE.schema.encode(frame()).take(np.zeros(5, dtype=np.intp))
    with pytest.raises(DataError, match="two values of 'number' at least, got"):
        accumulated_effect(ADDITIVE, coded, "number")
