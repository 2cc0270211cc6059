"""The columns that a model reads, and rows that are mixed of others."""

from __future__ import annotations

import numpy as np
from small_models import frame, model

from pliant.explain.inputs import Inputs, compact
from pliant.runtime.coded import Coded, joined
from pliant.runtime.raw import Strings

MIXED = model("binary", "linear", "lightgbm")
INPUTS = Inputs.of(MIXED)
CODED = MIXED.schema.encode(frame())


def text_of(coded: Coded, row: int) -> str | None:
    plane = coded.own["text:0"]
    assert isinstance(plane, Strings)
    return plane.levels[plane.indices[row]] if plane.indices[row] >= 0 else None


def test_a_linear_model_reads_every_column_each_once() -> None:
    assert sorted(INPUTS.names) == ["level", "noise", "number", "when", "words"]
    when = next(column for column in INPUTS.columns if column.name == "when")
    assert len(when.codes) > 1


def pool() -> Coded:
    """Return rows 10 to 13 of the table, then row 3."""
    return joined([compact(CODED.take(np.arange(10, 14))), compact(CODED.take(np.array([3])))])


def test_they_are_found_once_for_a_model() -> None:
    assert Inputs.of(MIXED) is INPUTS
    assert Inputs.of(MIXED.with_background(None)) is not INPUTS


def test_rows_differ_where_a_column_does() -> None:
    row = compact(CODED.take(np.array([3])))
    codes, ids = np.repeat(row.codes, 6, axis=0), np.repeat(row.ids, 6, axis=0)
    when = next(column for column in INPUTS.columns if column.name == "when")
    codes[1, when.codes.stop - 1] += 1
    ids[2, 0] += 1
    texts = Strings(np.array([0, 0, 0, 1, -1, 0], dtype=np.int32), ["same", "other"])
    differ = INPUTS.differ(Coded(codes, ids, {"text:0": texts}), 5, 5)
    unlike = [{n for n, d in zip(INPUTS.names, r, strict=True) if d} for r in differ]
    assert unlike == [set(), {"when"}, {"level"}, {"words"}, {"words"}]


def test_mixed_rows_have_what_is_taken() -> None:
    rows, taken = pool(), np.array([[name == n for n in INPUTS.names] for name in INPUTS.names])
    which = np.array([0, 1, 2, 3, 1])
    mixed = INPUTS.mixed(rows, 4, which, taken)
    for e, (column, other) in enumerate(zip(INPUTS.columns, which.tolist(), strict=True)):
        for place in range(mixed.codes.shape[1]):
            source = 4 if place in column.codes else other
            assert mixed.codes[e, place] == rows.codes[source, place]
        assert mixed.ids[e, 0] == rows.ids[4 if len(column.ids) else other, 0]
        assert text_of(mixed, e) == text_of(rows, 4 if column.wire else other)


def test_all_or_nothing_taken_is_the_row_or_the_other() -> None:
    every, rows = np.ones((4, len(INPUTS)), dtype=bool), pool()
    said, which = MIXED.program(rows), np.arange(4)
    assert np.array_equal(MIXED.program(INPUTS.mixed(rows, 4, which, ~every)), said[:4])
    taken = MIXED.program(INPUTS.mixed(MIXED.program.prepared(rows), 4, which, every))
    assert np.array_equal(taken, said[[4] * 4])


def test_reordered_columns_leave_the_others_alone() -> None:
    order = np.random.default_rng(0).permutation(len(CODED))
    j = INPUTS.names.index("words")
    shuffled = INPUTS.reordered(CODED, [j], order)
    assert np.array_equal(shuffled.codes, CODED.codes)
    assert [text_of(shuffled, i) for i in range(9)] == [text_of(CODED, int(i)) for i in order[:9]]
    j = INPUTS.names.index("level")
    shuffled = INPUTS.reordered(CODED, [j], order)
    assert np.array_equal(shuffled.ids, CODED.ids[order])
    assert np.array_equal(shuffled.codes, CODED.codes)


def test_compact_rows_hold_their_own_texts_alone() -> None:
    few = compact(CODED.take(np.array([5, 2, 5])))
    plane = few.own["text:0"]
    assert isinstance(plane, Strings)
    assert len(plane.levels) == 2
    assert [text_of(few, i) for i in range(3)] == [text_of(CODED, i) for i in (5, 2, 5)]
    gap = Coded(
        CODED.codes[:1], CODED.ids[:1], {"text:0": Strings(np.full(1, -1, np.int32), ["a"])}
    )
    assert text_of(compact(gap), 0) is None
