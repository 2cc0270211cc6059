"""The kernel's programs against the NumPy ops: every op, every level; and what packing refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime import binning, native
from pliant.runtime import trees as tree_module
from pliant.runtime.level import HAVE_KERNEL, level, levels, use_level
from pliant.runtime.ops import OPS, Op, Wire, prepare
from pliant.runtime.ops.outputs import LINKS
from pliant.runtime.ops.values import ACTIVATIONS

pytestmark = pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")

ROWS = st.sampled_from([1, 2, 4, 5, 31, 128, 129, 300])
SEEDS = st.integers(0, 2**32 - 1)
ROUNDED = {"dense", "link", "neighbours"}
"""Ops that the kernel computes to rounding; all others to the last bit."""

Rng = np.random.Generator
U8, U16, I16, I32, I64, F32 = np.uint8, np.uint16, np.int16, np.int32, np.int64, np.float32


@contextmanager
def without_kernel() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binning, "HAVE_KERNEL", False)
        patch.setattr(tree_module, "HAVE_KERNEL", False)
        yield


@contextmanager
def at_level(name: str) -> Iterator[None]:
    before = level()
    use_level(name)
    try:
        yield
    finally:
        use_level(before)


def cut(rng: Rng, n: int, least: int, most: int) -> np.ndarray:
    return np.cumsum([0, *rng.integers(least, most + 1, n)], dtype=I64)


def general(rng: Rng, width: int, n_outputs: int, leaves_of_tree: int) -> dict[str, np.ndarray]:
    """Trees grown at random, of up to so many leaves each."""
    nodes: list[list[int]] = []
    roots: list[int] = []
    n_leaves = 0
    for _ in range(int(rng.integers(0, 12))):
        open_: list[tuple[int, int]] = [(-1, 0)]
        roots.append(0)
        for _ in range(int(rng.integers(0, leaves_of_tree))):
            at, side = open_.pop(int(rng.integers(len(open_))))
            if at < 0:
                roots[-1] = len(nodes)
            else:
                nodes[at][side] = len(nodes)
            open_ += [(len(nodes), 2), (len(nodes), 3)]
            nodes.append([int(rng.integers(width)), int(rng.integers(256)), 0, 0])
        for at, side in open_:
            if at < 0:
                roots[-1] = ~n_leaves
            else:
                nodes[at][side] = ~n_leaves
            n_leaves += 1
    table = np.array(nodes, dtype=I64).reshape(-1, 4)
    n_values = int(rng.integers(1, n_outputs + 1))
    return {
        "feature": table[:, 0].astype(U16),
        "threshold": table[:, 1].astype(U8),
        "left": table[:, 2].astype(I32),
        "right": table[:, 3].astype(I32),
        "root": np.array(roots, dtype=I32),
        "output": rng.integers(0, n_outputs - n_values + 1, len(roots)).astype(U16),
        "leaves": (rng.normal(size=(n_leaves, n_values)) * 1e3).astype(F32),
    }


def oblivious(rng: Rng, width: int, n_outputs: int) -> dict[str, np.ndarray]:
    n, depth = int(rng.integers(0, 9)), int(rng.integers(0, 11))
    threshold = rng.integers(0, 256, (n, depth)).astype(U8)
    leaves = (rng.normal(size=(n, 2**depth, n_outputs)) * 1e3).astype(F32)
    feature = rng.integers(0, width, (n, depth)).astype(U16)
    return {"feature": feature, "threshold": threshold, "leaves": leaves}


def whole(rng: Rng, arrays: dict[str, np.ndarray], n_outputs: int) -> dict[str, np.ndarray]:
    """The same trees with whole-number leaves, or as they are."""
    if rng.random() < 0.5:
        return arrays
    leaves = rng.integers(-32768, 32768, arrays["leaves"].shape)
    if rng.random() < 0.5:  # trees whose leaves need no more than a byte
        leaves = rng.integers(-99, 99) + (leaves % 256 << rng.integers(0, 7))
    leaves = leaves.astype(I16)
    return arrays | {"leaves": leaves, "scale": rng.normal(size=n_outputs)}


def make(name: str, rng: Rng, width: int) -> Op:
    """A random op of that name, to read a wire of that width (or two of them)."""
    m = int(rng.integers(1, 5))
    columns = rng.integers(0, width, m).astype(U16)
    arrays: dict[str, Any] = {}
    settings_: dict[str, Any] = {}
    match name:
        case "gather":
            arrays = {"columns": columns}
        case "lookup":
            offsets = cut(rng, m, 2, 6)
            table = rng.integers(0, 256, offsets[-1]).astype(U8)
            arrays = {"columns": columns, "offsets": offsets, "table": table}
        case "cross":
            offsets = cut(rng, m, 1, 9)
            keys = [np.sort(rng.integers(0, 40, size)) for size in np.diff(offsets)]
            second = rng.integers(0, width, m).astype(U16)
            arrays = {"first": columns, "second": second, "offsets": offsets}
            arrays |= {"base": np.full(m, 6, I64), "keys": np.concatenate(keys).astype(I64)}
        case "bin":
            sizes = rng.integers(0, 255, width)
            edges = [np.sort(rng.integers(-9, 9, size) / 4) for size in sizes]
            offsets = np.cumsum([0, *sizes], dtype=I64)
            arrays = {"edges": np.concatenate([np.empty(0), *edges]), "offsets": offsets}
        case "decode":
            arrays = {"feature": columns, "table": rng.normal(size=(m, 256)).astype(F32)}
        case "arithmetic":
            second = rng.integers(0, width, m).astype(U16)
            kind = rng.integers(0, 3, m).astype(U8)
            arrays = {"first": columns, "second": second, "kind": kind}
        case "dense":
            arrays = {"weight": rng.normal(size=(width, m)).astype(F32)}
            arrays["bias"] = rng.normal(size=m).astype(F32)
            settings_ = {"activation": str(rng.choice(ACTIVATIONS))}
        case "tables":
            offsets = cut(rng, m, 1, 300)
            n_values = int(rng.integers(1, 4))
            table = (rng.normal(size=(offsets[-1], n_values)) * 1e3).astype(F32)
            arrays = {"feature": columns, "offsets": offsets, "table": table}
            arrays["bias"] = rng.normal(size=n_values)
        case "trees":
            most = int(rng.choice([1, 7, 40, 300]))
            arrays = whole(rng, general(rng, width, m, most), m)
            settings_ = {"outputs": m}
        case "oblivious":
            arrays = whole(rng, oblivious(rng, width, m), m)
            settings_ = {"outputs": m}
        case "neighbours":
            n = int(rng.integers(1, 40))
            points = (rng.integers(-8, 9, (n, width)) / 4096).astype(F32)
            arrays = {"points": points, "answers": rng.normal(size=(n, m)).astype(F32)}
            settings_ = {"k": int(rng.integers(1, n + 1))}
        case "link":
            settings_ = {"function": str(rng.choice(LINKS))}
        case "mix":
            arrays = {"weights": rng.normal(size=2)}
        case "affine":
            arrays = {"scale": rng.normal(size=width), "shift": rng.normal(size=width)}
    n_inputs = 2 if name in ("mix", "concat") else 1
    return Op(name, tuple(f"in{i}" for i in range(n_inputs)), "out", arrays, settings_)


def input_of(name: str, rng: Rng, n: int, width: int) -> np.ndarray:
    if name in ("lookup", "cross"):
        return rng.integers(0, 8, (n, width)).astype(I32)
    if name == "neighbours":  # on a grid, where distances are exact and often equal
        return (rng.integers(-8, 9, (n, width)) / 4096).astype(F32)
    if name in ("bin", "arithmetic", "dense", "link", "mix", "affine"):
        values = rng.integers(-9, 9, (n, width)) / 4
        values[rng.random(values.shape) < 0.1] = np.nan if name in ("bin", "arithmetic") else 0.5
        return values if rng.random() < 0.7 else values.astype(F32)
    return rng.integers(0, 256, (n, width)).astype(U8)


def both_ways(op: Op, inputs: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What NumPy makes, beside what the kernel makes at each level."""
    kind = {"uint8": "codes", "int32": "ids"}.get(inputs[0].dtype.name, "values")
    wires = {name: Wire(kind, x.shape[1]) for name, x in zip(op.inputs, inputs, strict=True)}
    with without_kernel(), np.errstate(all="ignore"):
        run, wires["out"] = prepare(op, tuple(wires[name] for name in op.inputs))
        expected = run(*inputs)
    for name in levels():
        with at_level(name):
            made: dict[str, Any] = dict(zip(op.inputs, inputs, strict=True))
            native.pack([op], wires, ["out"])(made, len(inputs[0]))
            yield expected, made["out"]


@pytest.mark.parametrize("name", native.ARRAYS)
@given(seed=SEEDS, n=ROWS)
@settings(max_examples=25, deadline=None)
def test_every_op_equals_numpy_at_every_level(name: str, seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1, 6))
    op = make(name, rng, width)
    inputs = [input_of(name, rng, n, width) for _ in op.inputs]
    for expected, found in both_ways(op, inputs):
        assert found.shape == expected.shape
        if name in ROUNDED:
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
        else:
            np.testing.assert_array_equal(found, expected.astype(found.dtype))


@pytest.mark.parametrize("most", [255, 65_535])
@pytest.mark.parametrize("shape", ["trees", "oblivious"])
def test_the_greatest_sums_of_many_trees_are_exact(shape: str, most: int) -> None:
    n, rng = 700, np.random.default_rng(0)  # more trees than bytes are summed of in 16 bits
    leaves = np.tile(np.array([0, most]) - 32_768, (n, 1)).astype(I16)
    feature = np.zeros((n, 1), U16)
    threshold = np.full((n, 1), 99, U8)
    arrays = {"feature": feature, "threshold": threshold, "leaves": leaves[:, :, None]}
    if shape == "trees":
        left, root = ~np.arange(0, 2 * n, 2, dtype=I32), np.arange(n, dtype=I32)
        arrays = {"feature": feature[:, 0], "threshold": threshold[:, 0], "left": left}
        arrays |= {"right": left - I32(1), "root": root, "output": np.zeros(n, U16)}
        arrays |= {"leaves": leaves.reshape(-1, 1)}
    op = Op(shape, ("in0",), "out", arrays | {"scale": np.array([1.0])}, {"outputs": 1})
    codes = rng.integers(0, 256, (300, 1)).astype(U8)
    for expected, found in both_ways(op, [codes]):
        np.testing.assert_array_equal(found, expected)
        assert set(np.unique(found)) == {n * -32_768.0, n * (most - 32_768.0)}


@pytest.mark.parametrize("colliding", [True, False])
def test_keys_are_found_even_where_all_fall_on_one_slot(colliding: bool) -> None:
    factor = pow(0x9E3779B97F4A7C15, -1, 2**64) if colliding else 1
    base = np.array([factor], np.uint64).view(I64)
    numbers = np.arange(300, dtype=I64)
    with np.errstate(over="ignore"):
        keys = np.sort(numbers[::2] * base)
    columns = {"first": np.array([0], U16), "second": np.array([1], U16), "base": base}
    op = Op("cross", ("in0",), "out", columns | {"keys": keys, "offsets": np.array([0, 150])})
    ids = np.column_stack([numbers, np.zeros(300)]).astype(I32)
    for expected, found in both_ways(op, [ids]):
        np.testing.assert_array_equal(found, expected)
        assert (found[1::2] == 1).all()
        assert sorted(found[::2, 0]) == list(range(2, 152))


def test_programs_of_the_kernel_have_all_ops_but_three() -> None:
    assert set(OPS) - set(native.ARRAYS) == {
        *("ngrams", "gram_scores", "cascade"),
        *("gradients", "colours", "kernels", "scores", "convolutions"),
    }


def test_inputs_may_have_any_strides() -> None:
    rng = np.random.default_rng(0)
    for name in ("gather", "lookup", "affine", "trees", "oblivious"):
        op = make(name, rng, 4)
        x = input_of(name, rng, 140, 4)
        for other in (np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x[::-1][::-1]):
            for expected, found in both_ways(op, [other]):
                np.testing.assert_array_equal(found, expected)


def broken(rng: Rng, op: Op) -> Op:
    """The op with one array changed: some entries, its length, or its dtype."""
    name = str(rng.choice(list(op.arrays)))
    array = np.array(op.arrays[name])
    kind = int(rng.integers(4))
    if kind == 0:
        array = array[: int(rng.integers(len(array) + 1))]
    elif kind == 1:
        array = array.astype(str(rng.choice(["i1", "i8", "f8", "f4", ">u2"])))
    elif array.size:
        raw = array.reshape(-1).view(np.uint8)
        raw[rng.integers(0, len(raw), 3)] = rng.integers(0, 256, 3)
    return replace(op, arrays={**op.arrays, name: array})


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.parametrize("name", [name for name, arrays in native.ARRAYS.items() if arrays])
@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_broken_op_is_refused_or_harmless(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    op = broken(rng, make(name, rng, 4))
    inputs = [input_of(name, rng, 140, 4) for _ in op.inputs]
    kind = {"uint8": "codes", "int32": "ids"}.get(inputs[0].dtype.name, "values")
    wires = {i: Wire(kind, 4) for i in op.inputs}
    wires["out"] = Wire(native.KINDS[0], 4)
    try:
        packed = native.pack([op], wires, [])
    except ValueError:
        return
    for part in levels():
        with at_level(part):
            packed(dict(zip(op.inputs, inputs, strict=True)), 140)
            packed({i: x[:1] for i, x in zip(op.inputs, inputs, strict=True)}, 1)


STEPS: list[Callable[[], object]] = [
    lambda: native._kernel.pack_program((), (), [0]),
    lambda: native._kernel.pack_program(((0, 1),), (), (1,)),
    lambda: native._kernel.pack_program(((3, 1),), (), (0,)),
    lambda: native._kernel.pack_program(((0, -1),), (), (0,)),
    lambda: native._kernel.pack_program(((0, 1),), (("link", (1,), (), 1),), (1,)),
    lambda: native._kernel.pack_program(((2, 1),), (("eval", (0,), (), 1),), (1,)),
    lambda: native._kernel.pack_program(((2, 1),), (("link", (0,), (), 9),), (1,)),
    lambda: native._kernel.pack_program(((2, 1),), (("link", (), (), 1),), (1,)),
    lambda: native._kernel.pack_program(((0, 1),), (("link", (0,), (), 1),), (1,)),
    lambda: native._kernel.pack_program(((2, 1),), ("link",), (1,)),
    lambda: native._kernel.pack_program(((2, 1),), (("link", (0,), (), "1"),), (1,)),
]


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_what_is_no_program_is_refused(number: int) -> None:
    with pytest.raises((ValueError, TypeError), match=r".+"):
        STEPS[number]()


def test_what_does_not_fit_a_program_is_refused() -> None:
    packed = native._kernel.pack_program(((0, 2),), (), (0,))
    codes, out = np.zeros((3, 2), U8), np.zeros((3, 2), U8)
    native._kernel.run_program(packed, (codes,), (out,))
    read_only = out.copy()
    read_only.flags.writeable = False
    wrong: list[Any] = [
        (None, (codes,), (out,)),
        (packed, (codes,), ()),
        (packed, codes, out),
        (packed, (codes[:, :1],), (out,)),
        (packed, (codes,), (out[:2],)),
        (packed, (codes,), (out[:, :1],)),
        (packed, (codes,), (np.asfortranarray(out),)),
        (packed, (codes,), (read_only,)),
        (packed, (codes.astype(I64),), (out,)),
        (packed, (codes.tolist(),), (out,)),
    ]
    for arguments in wrong:
        with pytest.raises(ValueError, match=r".+"):
            native._kernel.run_program(*arguments)


def test_ops_are_joined_in_as_few_parts_as_their_order_allows() -> None:
    ops = [
        Op("decode", ("codes",), "a"),
        Op("ngrams", ("text:0",), "b"),
        Op("dense", ("b",), "c"),
        Op("ngrams", ("text:1",), "d"),
        Op("trees", ("codes",), "e"),
        Op("mix", ("a", "c", "d", "e"), "f"),
    ]
    assert native.parts_of(ops, ("codes", "ids", "text:0", "text:1")) == [[0, 4], [1], [3], [2, 5]]
    assert native.needed_of([0, 4], ops) == ["a", "e"]
    assert native.needed_of([2, 5], ops) == ["f"]
