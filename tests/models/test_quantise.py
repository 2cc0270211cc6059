"""Whole-number leaves: within the bound, half the bytes, and left alone where there is no way."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.models.base import Fitted
from pliant.models.quantise import quantise, tree_of_leaf, with_whole_leaves
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


def moved(op: Op, small: Op) -> np.ndarray:
    """By how much the outputs of 5,000 rows differ."""
    codes = np.random.default_rng(1).integers(0, 256, (5000, 3)).astype(np.uint8)
    before, after = (prepare(o, (Wire("codes", 3),))[0](codes) for o in (op, small))
    return np.abs(before - after)


def spans(op: Op) -> np.ndarray:
    """The steps between the least and the greatest leaf of each tree, in whole steps of its own."""
    leaves, tree = op.arrays["leaves"].reshape(-1).astype(int), tree_of_leaf(op)
    found = []
    for t in np.unique(tree):
        above = leaves[tree == t] - leaves[tree == t].min()
        found.append(above.max() // np.gcd.reduce([*above, 2**15]))
    return np.array(found)


@pytest.mark.parametrize("magnitude", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("shape", [(50, 64, 1), (7, 8, 3), (40, 1)])
def test_the_finest_steps_move_no_leaf_by_more_than_a_half(
    magnitude: float, shape: tuple[int, ...]
) -> None:
    leaves = np.random.default_rng(1).normal(size=shape) * magnitude
    op = oblivious(leaves) if len(shape) == 3 else general(leaves)
    small = quantise(op)
    step = small.arrays["scale"][0]
    worth = small.arrays["leaves"] * step
    assert 0.4 * step < np.abs(worth - op.arrays["leaves"]).max() < 0.501 * step
    assert step == pytest.approx(np.abs(leaves).max() / 32_767)
    assert 0 < moved(op, small).max() <= 0.501 * step * len(op.arrays["threshold"])
    assert small.arrays["leaves"].nbytes == op.arrays["leaves"].nbytes // 2
    assert quantise(small) is small


@pytest.mark.parametrize("trees", [3, 300])
@pytest.mark.parametrize("byte_error", [0.0, 0.05, 10.0])
def test_steps_are_as_coarse_as_errors_allow(trees: int, byte_error: float) -> None:
    rng = np.random.default_rng(2)
    op = oblivious(rng.normal(size=(trees, 64, 1)) * rng.random((trees, 1, 1)))
    small = quantise(op, 0.01, byte_error)
    root = np.sqrt(np.square(moved(op, small)).mean())
    assert 0.003 < root < 0.03 + byte_error
    assert small.arrays["scale"][0] > 10 * quantise(op).arrays["scale"][0]
    bytes_ = [(spans(o) <= 255).sum() for o in (quantise(op, 0.01), small)]
    assert bytes_[0] < bytes_[1] if byte_error and bytes_[0] < trees else bytes_[0] == bytes_[1]
    assert byte_error < 1 or bytes_[1] == trees


def test_trees_that_a_byte_costs_least_are_told_apart_by_one() -> None:
    rng = np.random.default_rng(4)
    size = np.repeat([0.01, 0.1, 3.0], 40)[rng.permutation(120)]
    op = general((rng.random((120, 2)) * size[:, None]).reshape(-1, 1))
    small = quantise(op, 1e-4, 2e-3)
    narrow = spans(small) <= 255
    assert narrow[size < 1].all()
    assert not narrow[size > 1].all()
    assert tree_of_leaf(small).tolist() == np.repeat(np.arange(120), 2).tolist()


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
    zeros = quantise(oblivious(np.zeros((3, 8, 1))))
    assert zeros.arrays["leaves"].dtype == np.int16
    assert zeros.arrays["scale"].tolist() == [1.0]
