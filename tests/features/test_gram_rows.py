"""Sparse rows of counted grams, what weights of theirs to expect, and an op of those learned."""

from __future__ import annotations

import numpy as np

from pliant.features.gram_rows import (
    GramWeights,
    count_ratios,
    gram_rows,
    inverse_frequency,
    shortest_square,
    used_slots,
    with_columns,
)
from pliant.runtime.ops import Wire, prepare
from pliant.runtime.raw import Strings

TEXTS = ["tea and milk", "tea", "coffee and milk", "很好"]
TEXT = Strings(np.array([0, 1, -1, 2, 0, 3], np.int32), TEXTS)


def test_rows_have_length_one_and_missing_ones_are_empty() -> None:
    rows = gram_rows(TEXT)
    np.testing.assert_allclose(rows.power(2).sum(axis=1), [1, 1, 0, 1, 1, 1], rtol=1e-6)
    assert (rows[[0]] != rows[[4]]).nnz == 0
    assert rows.indices.dtype == rows.indptr.dtype == np.int32


def test_slots_of_few_rows_are_left_out() -> None:
    rows = gram_rows(TEXT)
    assert set(used_slots(rows, 3)) < set(used_slots(rows, 2)) < set(used_slots(rows, 1))
    assert len(used_slots(rows, 1)) == len(np.unique(rows.indices))


def test_columns_are_picked_as_scipy_does() -> None:
    rows = gram_rows(TEXT)
    slots = used_slots(rows, 2)
    assert (with_columns(rows, slots) != rows[:, slots]).nnz == 0
    assert with_columns(rows, slots[:0]).shape == (len(TEXT), 0)


def test_rare_grams_and_those_that_tell_answers_apart_are_expected_to_weigh_more() -> None:
    rows = gram_rows(TEXT)
    n_rows = np.bincount(rows.indices, minlength=rows.shape[1])
    slots = np.flatnonzero(n_rows)
    rows, n_rows = rows[:, slots], n_rows[slots]
    rare = inverse_frequency(rows)[:, 0]
    assert rare[n_rows == 1].min() > rare[n_rows == 3].max()
    np.testing.assert_allclose((rows.power(2) @ rare**2).mean(), 1, rtol=1e-5)
    answers = np.array([[1], [1], [0], [0], [1], [0]], np.float32)
    ratio = count_ratios(rows, answers)[:, 0]
    tea = gram_rows(Strings(np.zeros(1, np.int32), ["tea"])).indices
    milk = gram_rows(Strings(np.zeros(1, np.int32), ["milk"])).indices
    assert ratio[np.isin(slots, tea)].min() > ratio[np.isin(slots, milk)].max()


def test_an_op_scores_as_its_weights_say() -> None:
    rows = gram_rows(TEXT)
    slots = used_slots(rows, 1)
    weights = np.random.default_rng(0).normal(size=(len(slots), 3)).astype(np.float32)
    bias = np.array([0.5, 0.0, -1.0])
    op = GramWeights(slots, weights, TEXT.counts().recipe).op(("text:0", "out"), bias)
    run, wire = prepare(op, (Wire("text", 1),))
    assert wire == Wire("values", 3)
    assert np.abs(run(TEXT) - (rows[:, slots] @ weights + bias)).max() < 0.05
    assert run(TEXT)[2].tolist() == bias.tolist()


def test_a_text_shorter_than_most_is_divided_by_their_length() -> None:
    many = [f"tea number {i} and milk for {i} o'clock" for i in range(40)]
    text = Strings(np.arange(42, dtype=np.int32) - 1, [*many, "tea"])
    shortest = shortest_square(text)
    rows = gram_rows(text, shortest)
    length = np.sqrt(rows.power(2).sum(axis=1))
    assert length[0] == 0
    assert (length[1:-1] > 0.99).all()
    assert length[-1] < 0.8
    slots = used_slots(rows, 1)
    weights = np.random.default_rng(0).normal(size=(len(slots), 2)).astype(np.float32)
    op = GramWeights(slots, weights, text.counts().recipe, shortest).op(("t", "out"), np.zeros(2))
    run, _ = prepare(op, (Wire("text", 1),))
    np.testing.assert_allclose(run(text), rows[:, slots] @ weights, atol=0.03)
    assert shortest_square(Strings(np.array([-1], np.int32), [])) == 1


def test_no_weights_are_an_op_too() -> None:
    none = np.empty(0, np.intp), np.empty((0, 2), np.float32)
    op = GramWeights(*none, TEXT.counts().recipe).op(("text:0", "out"), np.array([1.0, 2.0]))
    run, _ = prepare(op, (Wire("text", 1),))
    assert run(TEXT).tolist() == [[1.0, 2.0]] * 6
