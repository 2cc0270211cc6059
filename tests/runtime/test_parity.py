"""Many rows through a model of every family: NumPy, and the kernel at every level."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_native import at_level, without_kernel

from few_folds import FEW
from pliant import Classifier
from pliant.runtime import native
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.level import HAVE_KERNEL, levels
from pliant.runtime.model import Predictor
from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.program import Program, input_wires
from tabular import TABULAR

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built"),
]

ROWS = int(os.environ.get("PARITY_ROWS", "100000"))
"""`make parity` asks for a million."""

CHUNK, COLUMNS, TREES = 50_000, 5, 12
SUMS = ("trees", "oblivious", "tables")


def few(op: Op) -> Op:
    """The op with its first trees alone: NumPy takes its time."""
    names = {"trees": ("root", "output"), "oblivious": ("feature", "threshold", "leaves")}
    cut = {name: op.arrays[name][:TREES] for name in names.get(op.name, ())}
    return replace(op, arrays={**op.arrays, **cut})


def fitted(family: str) -> Predictor:
    """A small model of one family, of three classes."""
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(600, COLUMNS)), 2)
    X[rng.random(X.shape) < 0.05] = np.nan
    y = np.digitize(np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1] * X[:, 2]), [-0.4, 0.5])
    model = Classifier(trials=1, models=[family], random_state=0, cv=FEW).fit(X, y).model_.predictor
    return Predictor(model.schema, [few(op) for op in model.program.ops], model.classes, model.card)


def around(values: np.ndarray) -> np.ndarray:
    """The values, and their neighbours one unit in the last place above and below."""
    return np.concatenate([values, np.nextafter(values, -np.inf), np.nextafter(values, np.inf)])


@pytest.mark.parametrize("family", sorted(TABULAR))
def test_sums_are_the_same_to_the_last_bit_and_predictions_within_a_millionth(family: str) -> None:
    model = fitted(family)
    rng = np.random.default_rng(1)
    slow = Program(model.program.ops, input_wires(model.schema), kernel=False)
    for start in range(0, ROWS, CHUNK):
        codes = rng.integers(0, 256, (CHUNK, COLUMNS)).astype(np.uint8)
        codes[:256] = (np.arange(256)[:, None] + start) % 256  # every code in every column
        coded = Coded(codes, np.empty((CHUNK, 0), np.int32))
        with without_kernel(), np.errstate(over="ignore"):
            expected = slow(coded)
        for name in levels():
            with at_level(name):
                np.testing.assert_allclose(model.program(coded), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("family", sorted(TABULAR))
def test_every_leaf_of_many_rows_is_the_same(family: str) -> None:
    """A sum of leaves of many magnitudes is the same to the last bit only where all leaves are."""
    rng = np.random.default_rng(2)
    for op in fitted(family).program.ops:
        if op.name not in SUMS:
            continue
        wires: dict[str, Any] = {op.inputs[0]: Wire("codes", 256)}
        with without_kernel():
            run, wires[op.output] = prepare(op, (wires[op.inputs[0]],))
        packed = native.pack([op], wires, [op.output])
        for _ in range(0, ROWS, CHUNK):
            codes = rng.integers(0, 256, (CHUNK, 256)).astype(np.uint8)
            with without_kernel():
                expected = run(codes)
            for name in levels():
                with at_level(name):
                    made: dict[str, Any] = {op.inputs[0]: codes}
                    packed(made, CHUNK)
                    assert np.array_equal(made[op.output], expected), (op.name, name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_around_every_edge_of_many_rows_have_the_same_codes(dtype: type) -> None:
    model = fitted("additive")
    rng = np.random.default_rng(3)
    values = np.empty((ROWS, COLUMNS), dtype)
    for j, (_, book) in enumerate(model.schema.code_columns):
        values[:, j] = rng.choice(np.append(around(book.edges.astype(dtype)), np.nan), ROWS)
    with without_kernel():
        expected = model.schema.encode(to_frame(values)).codes
    for name in levels():
        with at_level(name):
            found = model._quick.encode(values)
            assert found is not None
            assert np.array_equal(found.codes, expected)
