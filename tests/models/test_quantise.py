"""Whole-number leaves: within the bound, half the bytes, and left alone where there is no way."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.models.base import Fitted
from pliant.models.quantise import quantise, quantise_error, with_whole_leaves
from pliant.runtime.ops import Op, Wire, prepare


def oblivious(leaves: np.ndarray) -> Op:
    rng = np.random.default_rng(0)
    n, size, outputs = leaves.shape
    arrays = {
        "feature": rng.integers(0, 3, (n, int(np.log2(size)))).astype(np.uint16),
        "threshold": rng.integers(0, 256, (n, int(np.log2(size)))).astype(np.uint8),
        "leaves": leaves.astype(np.float32),
    }
    return Op("oblivious", ("codes",), "out", arrays, {"outputs": outputs})


def general(leaves: np.ndarray) -> Op:
    """A stump a pair of leaves, each for one of two outputs."""
    n = len(leaves) // 2
    arrays = {
        "feature": np.zeros(n, np.uint16),
        "threshold": np.arange(n, dtype=np.uint8),
        "left": (~np.arange(0, 2 * n, 2)).astype(np.int32),
        "right": (~np.arange(1, 2 * n, 2)).astype(np.int32),
        "root": np.arange(n, dtype=np.int32),
        "output": (np.arange(n) % 2).astype(np.uint16),
        "leaves": leaves.astype(np.float32),
    }
    return Op("trees", ("codes",), "out", arrays, {"outputs": 2})


@pytest.mark.parametrize("magnitude", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("shape", [(50, 64, 1), (7, 8, 3), (40, 1)])
def test_no_output_moves_by_more_than_the_bound(magnitude: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    leaves = rng.normal(size=shape) * magnitude
    op = oblivious(leaves) if len(shape) == 3 else general(leaves)
    codes = rng.integers(0, 256, (500, 3)).astype(np.uint8)
    small = quantise(op)
    before, after = (prepare(o, (Wire("codes", 3),))[0](codes) for o in (op, small))
    error = np.abs(before - after).max()
    assert 0 < error <= quantise_error(op)
    assert quantise_error(op) < 1e-3 * magnitude * len(op.arrays["threshold"])
    assert small.arrays["leaves"].nbytes == op.arrays["leaves"].nbytes // 2
    assert quantise(small) is small
    assert quantise_error(small) == 0.0


@pytest.mark.parametrize("trees", [3, 300])
def test_steps_are_as_coarse_as_an_error_allows(trees: int) -> None:
    rng = np.random.default_rng(2)
    op = oblivious(rng.normal(size=(trees, 64, 1)))
    codes = rng.integers(0, 256, (5000, 3)).astype(np.uint8)
    small = quantise(op, 0.01)
    before, after = (prepare(o, (Wire("codes", 3),))[0](codes) for o in (op, small))
    moved = np.sqrt(np.square(before - after).mean())
    assert 0.003 < moved < 0.03
    assert np.abs(before - after).max() <= quantise_error(op, 0.01)
    assert small.arrays["scale"][0] > 10 * quantise(op).arrays["scale"][0]


def test_leaves_of_classes_that_trees_share_out_stay_fine() -> None:
    op = general(np.random.default_rng(3).random((40, 1)))
    for link, coarser in (("simplex", False), ("softmax", True)):
        (made,) = with_whole_leaves(Fitted((op,), link)).ops
        assert (made.arrays["scale"][0] > quantise(op).arrays["scale"][0]) == coarser


def test_what_cannot_be_whole_numbers_stays() -> None:
    nothing = oblivious(np.empty((0, 8, 1)))
    infinite = oblivious(np.full((1, 8, 1), np.inf))
    other = Op("link", ("x",), "out", {}, {"function": "sigmoid"})
    for op in (nothing, infinite, other):
        assert quantise(op) is op
        assert quantise_error(op) == 0.0
    zeros = quantise(oblivious(np.zeros((3, 8, 1))))
    assert zeros.arrays["leaves"].dtype == np.int16
    assert zeros.arrays["scale"].tolist() == [1.0]
