"""Trees without pointers: the shape gives the pointers back, and nothing else passes for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.artifact.preorder import POINTERS, SHAPE, with_pointers, without_pointers

Arrays = dict[str, np.ndarray[Any, Any]]


def grown(rng: np.random.Generator, n_trees: int, chance: float = 0.7) -> Arrays:
    """Return random trees in preorder: inner nodes and leaves are numbered as they are met."""
    left: list[int] = []
    right: list[int] = []
    n_leaves = 0

    def node(depth: int) -> int:
        nonlocal n_leaves
        if depth > 7 or rng.random() > chance:
            n_leaves += 1
            return ~(n_leaves - 1)
        own = len(left)
        left.append(0)
        right.append(0)
        left[own] = node(depth + 1)
        right[own] = node(depth + 1)
        return own

    root = [node(0) for _ in range(n_trees)]
    n = len(left)
    return {
        "feature": rng.integers(0, 4, n).astype(np.uint16),
        "threshold": rng.integers(0, 256, n).astype(np.uint8),
        "left": np.array(left, dtype=np.int32),
        "right": np.array(right, dtype=np.int32),
        "root": np.array(root, dtype=np.int32),
        "output": np.zeros(n_trees, dtype=np.uint16),
        "leaves": rng.normal(size=(n_leaves, 1)).astype(np.float32),
    }


@given(st.integers(0, 10**6), st.integers(0, 6), st.floats(0, 0.9))
def test_a_shape_gives_the_pointers_back(seed: int, n_trees: int, chance: float) -> None:
    arrays = grown(np.random.default_rng(seed), n_trees, chance)
    packed = without_pointers(arrays)
    if len(arrays["feature"]):
        assert not set(POINTERS) & set(packed)
        assert len(packed[SHAPE]) <= len(arrays["feature"]) // 4 + n_trees // 8 + 2
        packed = with_pointers(packed)
    assert set(packed) == set(arrays)
    for name, array in arrays.items():
        assert packed[name].dtype == array.dtype
        assert np.array_equal(packed[name], array)


@given(st.integers(0, 10**6), st.data())
def test_nodes_out_of_order_keep_their_pointers(seed: int, data: st.DataObject) -> None:
    arrays = grown(np.random.default_rng(seed), 3)
    name = data.draw(st.sampled_from(POINTERS))
    if not len(arrays[name]):
        return
    at = data.draw(st.integers(0, len(arrays[name]) - 1))
    changed = arrays[name].copy()
    changed[at] = data.draw(st.integers(-(2**31), 2**31 - 1).filter(lambda v: v != changed[at]))
    arrays[name] = changed
    assert without_pointers(arrays) is arrays


@given(st.integers(0, 10**6), st.data())
def test_a_shape_of_something_else_is_refused(seed: int, data: st.DataObject) -> None:
    """Any other bits, and any other number of trees or nodes."""
    packed = dict(without_pointers(grown(np.random.default_rng(seed), 3, 0.9)))
    if SHAPE not in packed:
        return
    length = 2 * len(packed["feature"]) + 3
    bits = np.unpackbits(packed[SHAPE])
    at = data.draw(st.integers(0, length - 1))
    bits[at] = 1 - bits[at]
    with pytest.raises(ValueError, match="expected the shape of 3 trees"):
        with_pointers({**packed, SHAPE: np.packbits(bits)})
    with pytest.raises(ValueError, match="expected the shape"):
        with_pointers({**packed, "output": np.zeros(40, dtype=np.uint16)})
    with pytest.raises(ValueError, match="expected the shape"):
        with_pointers({**packed, SHAPE: packed[SHAPE].astype(np.int32)})
