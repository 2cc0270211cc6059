"""Background rows: drawn from a table, and as a smaller schema has them."""

from __future__ import annotations

import numpy as np
from small_models import frame, model

from pliant.compile.trim import trimmed
from pliant.explain.background import draw_background, recoded
from pliant.runtime.raw import Strings

WHOLE = model("binary", "lightgbm")
CODED = WHOLE.schema.encode(frame())


def test_rows_are_drawn_once_each_and_the_same_again() -> None:
    drawn = draw_background(CODED, 10)
    assert np.array_equal(drawn.codes, draw_background(CODED, 10).codes)
    assert not np.array_equal(drawn.codes, draw_background(CODED, 10, seed=1).codes)
    texts = drawn.own["text:0"]
    assert isinstance(texts, Strings)
    assert sorted(texts.indices.tolist()) == list(range(10))
    assert np.array_equal(draw_background(CODED, 10**6).codes, CODED.codes)


def test_rows_of_a_trimmed_model_are_those_that_it_would_encode() -> None:
    small = trimmed(WHOLE)
    assert len(small.schema.used) < len(WHOLE.schema.used)
    found, expected = recoded(CODED, WHOLE.schema, small.schema), small.schema.encode(frame())
    assert np.array_equal(found.codes, expected.codes)
    assert np.array_equal(found.ids, expected.ids)
    assert found.own.keys() == expected.own.keys()
    assert np.array_equal(small.program(found), WHOLE.program(CODED))
    assert recoded(CODED, WHOLE.schema, WHOLE.schema) is CODED
