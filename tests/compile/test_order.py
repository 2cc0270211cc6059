"""Nodes in preorder: the same trees, the same sums, and files a good deal smaller."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from pliant.artifact.codec import ArrayWriter, op_to_json
from pliant.artifact.preorder import SHAPE, without_pointers
from pliant.compile.order import in_preorder
from pliant.data.target import Task
from pliant.models.registry import FAMILIES
from pliant.runtime.ops import Op, Wire, prepare
from pliant.testing import TASKS, family_data, fit_quickly


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", ["lightgbm", "forest", "xgboost"])
def test_the_sums_are_the_same_to_the_last_bit(family: str, task: Task) -> None:
    data = family_data(task)
    op = next(op for op in fit_quickly(FAMILIES[family], data, 12).ops if op.name == "trees")
    ordered = in_preorder(op)
    assert SHAPE in without_pointers(ordered.arrays)
    codes = np.random.default_rng(0).integers(0, 256, (500, 4)).astype(np.uint8)
    sums = [prepare(o, (Wire("codes", 4),))[0](codes) for o in (op, ordered)]
    assert np.array_equal(*sums)


def test_nodes_that_trees_share_are_left_alone() -> None:
    op = _two_nodes(left=[~0, ~0], right=[1, ~1])
    assert in_preorder(op) is op


def test_nodes_that_no_tree_reaches_are_left_out() -> None:
    op = _two_nodes(left=[~0, ~2], right=[~1, ~3])
    ordered = in_preorder(op)
    assert len(ordered.arrays["feature"]) == 1
    assert ordered.arrays["leaves"].tolist() == [[0.0], [1.0]]


def test_trees_that_are_all_leaves_stay_as_they_are() -> None:
    op = _two_nodes(left=[~0, ~2], right=[~1, ~3])
    lone = {name: op.arrays[name][:0] for name in ("feature", "threshold", "left", "right")}
    arrays = {**op.arrays, **lone, "root": np.array([~1], dtype=np.int32)}
    ordered = in_preorder(replace(op, arrays=arrays))
    assert ordered.arrays["root"].tolist() == [~0]
    assert ordered.arrays["leaves"].tolist() == [[1.0]]


def _two_nodes(left: list[int], right: list[int]) -> Op:
    n_leaves = max(~min(left), ~min(right)) + 1
    arrays = {
        "feature": np.zeros(2, dtype=np.uint16),
        "threshold": np.array([3, 9], dtype=np.uint8),
        "left": np.array(left, dtype=np.int32),
        "right": np.array(right, dtype=np.int32),
        "root": np.zeros(1, dtype=np.int32),
        "output": np.zeros(1, dtype=np.uint16),
        "leaves": np.arange(n_leaves, dtype=np.float32)[:, None],
    }
    return Op("trees", ("codes",), "score", arrays, {"outputs": 1})


def test_what_is_written_is_smaller() -> None:
    op = next(op for op in fit_quickly(FAMILIES["lightgbm"], family_data("binary", 2_000), 60).ops)
    written = []
    for trees in (op, in_preorder(op)):
        arrays = ArrayWriter()
        op_to_json(trees, arrays)
        written.append(len(zlib.compress(arrays.bytes())))
    assert written[1] < 0.75 * written[0]
