"""Trees: NumPy and the kernel against a slow walker, to the last bit; and what `check` refuses."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime import trees as module
from pliant.runtime.tree_rules import check
from pliant.runtime.trees import (
    HAVE_KERNEL,
    ObliviousArrays,
    TreeArrays,
    general_trees,
    oblivious_trees,
)

IMPLEMENTATIONS = ["numpy", "kernel"] if HAVE_KERNEL else ["numpy"]
ROWS = st.sampled_from([0, 1, 2, 7, 8, 9, 15, 16, 17, 130, 259])
SEEDS = st.integers(0, 2**32 - 1)


@contextmanager
def using(implementation):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HAVE_KERNEL", implementation == "kernel")
        yield


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request) -> Iterator[str]:
    with using(request.param):
        yield request.param


def run(codes, trees, n_outputs):
    function = general_trees if isinstance(trees, TreeArrays) else oblivious_trees
    return function(codes, trees, n_outputs)


def walk(codes, trees, n_outputs):
    """The slow reference: one row, one tree, one question at a time."""
    out = np.zeros((len(codes), n_outputs))
    for row, sums in zip(codes.tolist(), out, strict=True):
        for root, first in zip(trees.root.tolist(), trees.output.tolist(), strict=True):
            at = root
            while at >= 0:
                left = row[trees.feature[at]] <= trees.threshold[at]
                at = int(trees.left[at] if left else trees.right[at])
            for v, value in enumerate(trees.leaves[~at].tolist()):
                sums[first + v] += value
    return out


def walk_oblivious(codes, trees, n_outputs):
    out = np.zeros((len(codes), n_outputs))
    for row, sums in zip(codes.tolist(), out, strict=True):
        for t, feature in enumerate(trees.feature.tolist()):
            bits = [row[f] > trees.threshold[t, j] for j, f in enumerate(feature)]
            leaf = sum(1 << j for j, bit in enumerate(bits) if bit)
            for v, value in enumerate(trees.leaves[t, leaf].tolist()):
                sums[v] += value
    return out


def same_bits(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def values_of(rng, shape):
    """Values of many magnitudes: a sum in another order would round differently."""
    return (rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7, shape)).astype(np.float32)


def random_general(rng, n_features=4, n_outputs=3, n_trees=7, splits=12):
    nodes, roots, n_leaves = [], [], 0
    for _ in range(n_trees):
        slots = [(roots, len(roots))]
        roots.append(None)
        for _ in range(rng.integers(0, splits + 1)):
            holder, key = slots.pop(rng.integers(len(slots)))
            holder[key] = len(nodes)
            node = [int(rng.integers(n_features)), int(rng.integers(256)), None, None]
            nodes.append(node)
            slots += [(node, 2), (node, 3)]
        for holder, key in slots:
            holder[key] = ~n_leaves
            n_leaves += 1
    n_values = int(rng.integers(1, n_outputs + 1))
    table = np.array(nodes, dtype=np.int64).reshape(-1, 4)
    return TreeArrays(
        feature=table[:, 0].astype(np.uint16),
        threshold=table[:, 1].astype(np.uint8),
        left=table[:, 2].astype(np.int32),
        right=table[:, 3].astype(np.int32),
        root=np.array(roots, dtype=np.int32),
        output=rng.integers(0, n_outputs - n_values + 1, n_trees).astype(np.uint16),
        leaves=values_of(rng, (n_leaves, n_values)),
    )


def random_oblivious(rng, n_features=4, n_outputs=2, n_trees=5, depth=6):
    feature = rng.integers(0, n_features, (n_trees, depth)).astype(np.uint16)
    threshold = rng.integers(0, 256, (n_trees, depth)).astype(np.uint8)
    for t in range(n_trees):  # less deep: padded
        used = int(rng.integers(0, depth + 1))
        feature[t, used:], threshold[t, used:] = 0, 255
    return ObliviousArrays(feature, threshold, values_of(rng, (n_trees, 2**depth, n_outputs)))


def codes_of(rng, n_rows, n_features=4):
    return rng.integers(0, 256, (n_rows, n_features), dtype=np.uint8)


@given(seed=SEEDS, n_rows=ROWS, n_trees=st.integers(0, 19), n_outputs=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_general_trees_equal_a_slow_walker_to_the_last_bit(seed, n_rows, n_trees, n_outputs):
    rng = np.random.default_rng(seed)
    trees = random_general(rng, n_outputs=n_outputs, n_trees=n_trees)
    check(trees, 4, n_outputs)
    codes = codes_of(rng, n_rows)
    expected = walk(codes, trees, n_outputs)
    for implementation in IMPLEMENTATIONS:
        with using(implementation):
            assert same_bits(run(codes, trees, n_outputs), expected), implementation


@given(seed=SEEDS, n_rows=ROWS, depth=st.integers(0, 10), n_outputs=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_oblivious_trees_equal_a_slow_walker_to_the_last_bit(seed, n_rows, depth, n_outputs):
    rng = np.random.default_rng(seed)
    trees = random_oblivious(rng, n_outputs=n_outputs, depth=depth, n_trees=seed % 6)
    check(trees, 4, n_outputs)
    codes = codes_of(rng, n_rows)
    expected = walk_oblivious(codes, trees, n_outputs)
    for implementation in IMPLEMENTATIONS:
        with using(implementation):
            assert same_bits(run(codes, trees, n_outputs), expected), implementation


def test_minus_zero_and_infinite_leaves_sum_as_in_the_walker(implementation):
    trees = TreeArrays(
        *(np.empty(0, dtype=t) for t in (np.uint16, np.uint8, np.int32, np.int32)),
        root=np.array([-1, -2, -1], dtype=np.int32),
        output=np.array([0, 1, 0], dtype=np.uint16),
        leaves=np.array([[-0.0], [np.inf]], dtype=np.float32),
    )
    check(trees, 0, 2)
    codes = np.empty((11, 0), dtype=np.uint8)
    assert same_bits(run(codes, trees, 2), walk(codes, trees, 2))


def test_nodes_may_be_shared_and_chains_may_be_long(implementation):
    n = 3000
    after = np.append(np.arange(1, n), -1).astype(np.int32)
    trees = TreeArrays(
        feature=np.zeros(n, dtype=np.uint16),
        threshold=np.full(n, 100, dtype=np.uint8),
        left=after,
        right=np.where(np.arange(n) % 2 == 0, after, -2).astype(np.int32),
        root=np.array([0, n // 2, 0], dtype=np.int32),
        output=np.array([0, 1, 1], dtype=np.uint16),
        leaves=np.array([[1.5], [2.5]], dtype=np.float32),
    )
    check(trees, 1, 2)
    codes = np.array([[100], [101], [3]] * 5, dtype=np.uint8)
    assert same_bits(run(codes, trees, 2), walk(codes, trees, 2))


def test_numpy_in_chunks_gives_the_same():
    rng = np.random.default_rng(3)
    general, oblivious = random_general(rng, n_trees=19), random_oblivious(rng, n_trees=19)
    codes = codes_of(rng, 60_000)  # chunks of less than 2**20 rows over trees and values
    with using("numpy"):
        for trees, n_outputs in ((general, 3), (oblivious, 2)):
            parts = [run(part, trees, n_outputs) for part in np.array_split(codes, 20)]
            assert same_bits(run(codes, trees, n_outputs), np.concatenate(parts))


def convert(booster):
    """A LightGBM model trained on codes, its leaves numbered as LightGBM numbers them."""
    nodes, leaves = [], []

    def add(node):
        if "split_index" not in node:
            leaves.append(node.get("leaf_index", 0))
            return -len(leaves)
        assert node["decision_type"] == "<="
        mine = [node["split_feature"], int(np.floor(node["threshold"])), 0, 0]
        nodes.append(mine)
        index = len(nodes) - 1
        mine[2], mine[3] = add(node["left_child"]), add(node["right_child"])
        return index

    roots = [add(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]
    table = np.array(nodes).reshape(-1, 4)
    return TreeArrays(
        table[:, 0].astype(np.uint16),
        table[:, 1].astype(np.uint8),
        table[:, 2].astype(np.int32),
        table[:, 3].astype(np.int32),
        np.array(roots, dtype=np.int32),
        np.arange(len(roots), dtype=np.uint16),
        np.array(leaves, dtype=np.float32)[:, None],
    )


def test_a_lightgbm_model_routes_every_row_to_the_same_leaves(implementation):
    import lightgbm

    rng = np.random.default_rng(0)
    codes = codes_of(rng, 1000, 6)
    codes[:, 5] //= 100
    target = np.sin(codes[:, 0] / 30) + (codes[:, 1] > 99) * codes[:, 2] / 255 + codes[:, 5]
    data = lightgbm.Dataset(codes.astype(np.float64), target)
    params = {"num_leaves": 31, "verbose": -1, "num_threads": 1, "objective": "regression"}
    booster = lightgbm.train(params, data, 20)
    trees = convert(booster)
    check(trees, 6, 20)
    expected = booster.predict(codes.astype(np.float64), pred_leaf=True)
    assert np.array_equal(run(codes, trees, 20), expected)


def wrong_codes(codes):
    yield codes[:, :3].copy()
    yield codes.astype(np.int8)
    yield codes.astype(np.float64)
    yield codes[0]
    yield codes[None]


@pytest.mark.parametrize("random_trees", [random_general, random_oblivious])
def test_wrong_codes_and_outputs_are_refused(implementation, random_trees):
    rng = np.random.default_rng(1)
    trees = random_trees(rng, n_outputs=2)
    trees.feature.flat[0] = 3
    codes = codes_of(rng, 20)
    for wrong in wrong_codes(codes):
        with pytest.raises(ValueError, match="expected codes"):
            run(wrong, trees, 2)
    wide = replace(trees) if random_trees is random_oblivious else general_to_column(trees, 1)
    with pytest.raises(ValueError, match="outputs"):
        run(codes, wide, 1)
    assert run(codes, trees, 2).shape == (20, 2)
    for strided in (codes[::2], np.asfortranarray(codes)):
        assert same_bits(run(strided, trees, 2), run(strided.copy("C"), trees, 2))


def general_to_column(trees, column):
    return replace(trees, output=np.full(len(trees.root), column, dtype=np.uint16))


BROKEN_GENERAL = {
    "feature": np.array([9, 0], dtype=np.uint16),
    "threshold": np.array([1], dtype=np.uint8),
    "left": np.array([0, -1], dtype=np.int32),
    "right": np.array([-2, -99], dtype=np.int32),
    "root": np.array([2], dtype=np.int32),
    "output": np.array([2], dtype=np.uint16),
    "leaves": np.zeros((3, 0), dtype=np.float32),
}


@pytest.mark.parametrize("name", BROKEN_GENERAL)
def test_check_says_which_array_of_general_trees_breaks_which_rule(name):
    good = TreeArrays(
        feature=np.array([0, 1], dtype=np.uint16),
        threshold=np.array([5, 255], dtype=np.uint8),
        left=np.array([1, -1], dtype=np.int32),
        right=np.array([-2, -3], dtype=np.int32),
        root=np.array([0], dtype=np.int32),
        output=np.array([1], dtype=np.uint16),
        leaves=np.zeros((3, 1), dtype=np.float32),
    )
    check(good, 2, 2)
    with pytest.raises(ValueError, match="expected"):
        check(replace(good, **{name: BROKEN_GENERAL[name]}), 2, 2)
    for wrong in (getattr(good, name).astype(np.int64), getattr(good, name).tolist()):
        with pytest.raises(ValueError, match=f"expected {name} as a C-contiguous"):
            check(replace(good, **{name: wrong}), 2, 2)


def test_check_refuses_broken_oblivious_trees():
    good = random_oblivious(np.random.default_rng(2))
    check(good, 4, 2)
    broken = [
        replace(good, feature=good.feature + np.uint16(4)),
        replace(good, feature=good.feature[:, :-1].copy()),
        replace(good, threshold=good.threshold[:-1]),
        replace(good, leaves=good.leaves[:, :-1].copy()),
        replace(good, leaves=good.leaves[..., 0]),
        replace(good, leaves=good.leaves.astype(">f4")),
        ObliviousArrays(
            np.zeros((0, 17), np.uint16), np.zeros((0, 17), np.uint8), np.zeros((0, 1, 2), "f4")
        ),
    ]
    for trees in broken:
        with pytest.raises(ValueError, match="expected"):
            check(trees, 4, 2)
    with pytest.raises(ValueError, match="expected"):
        check(good, 4, 1)


def corrupt(rng, trees):
    """Change one array: some entries to anything, or its length, or its dtype."""
    name = str(rng.choice([f.name for f in fields(trees) if getattr(trees, f.name) is not None]))
    array = getattr(trees, name).copy()
    kind = rng.integers(4)
    if kind == 0:
        array = array[: rng.integers(len(array) + 1)]
    elif kind == 1:
        array = array.astype(rng.choice(["i1", "i8", "f8", ">u2"]))
    elif array.size:
        some = rng.integers(0, array.size, rng.integers(1, 4))
        if rng.random() < 0.5:
            array.flat[some] = array.flat[rng.integers(0, array.size, len(some))]
        else:
            raw = array.reshape(-1).view(np.uint8)
            raw[rng.integers(0, len(raw), 3)] = rng.integers(0, 256, 3)
    return replace(trees, **{name: array})


@given(seed=SEEDS, random_trees=st.sampled_from([random_general, random_oblivious]))
@settings(max_examples=200, deadline=None)
def test_corrupted_trees_are_refused_or_harmless(seed, random_trees):
    rng = np.random.default_rng(seed)
    trees = corrupt(rng, random_trees(rng, n_outputs=2))
    codes = codes_of(rng, int(rng.choice([1, 30])))
    if HAVE_KERNEL:  # the kernel defends itself: trees that nobody checked do no harm
        with using("kernel"):
            try:
                unchecked = run(codes, trees, 2)
            except ValueError:
                unchecked = None
    try:
        check(trees, 4, 2)
    except ValueError:
        return
    slow = walk if random_trees is random_general else walk_oblivious
    with np.errstate(all="ignore"):
        expected = slow(codes, trees, 2)
    with using("numpy"):
        np.testing.assert_array_equal(run(codes, trees, 2), expected)
    if HAVE_KERNEL:
        np.testing.assert_array_equal(unchecked, expected)


def test_trees_can_be_pickled_after_use(implementation):
    rng = np.random.default_rng(5)
    codes = codes_of(rng, 9)
    for trees, n_outputs in ((random_general(rng), 3), (random_oblivious(rng), 2)):
        before = run(codes, trees, n_outputs)
        again = pickle.loads(pickle.dumps(trees))
        assert same_bits(run(codes, again, n_outputs), before)


def test_many_threads_may_share_trees(implementation):
    rng = np.random.default_rng(6)
    codes, trees = codes_of(rng, 3000), random_general(rng, n_trees=20)
    alone = run(codes, trees, 3)
    fresh = pickle.loads(pickle.dumps(trees))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: run(codes, fresh, 3), range(8)))
    assert all(same_bits(result, alone) for result in results)


def test_the_kernel_was_built_where_it_is_required():
    assert HAVE_KERNEL or os.environ.get("PLIANT_REQUIRE_KERNEL") != "1"


def test_the_environment_can_leave_the_kernel_out():
    script = "from pliant.runtime import binning, trees; print(trees.HAVE_KERNEL)"
    environment = os.environ | {"PLIANT_KERNEL": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
