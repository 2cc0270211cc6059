"""Every op through NumPy, its meaning, and through ONNX Runtime: the same on made-up inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.compile.onnx import document
from pliant.compile.onnx.base import EMITTERS, UNSAYABLE
from pliant.compile.onnx.graph import Graph
from pliant.compile.onnx.verify import session_of
from pliant.runtime.ops import OPS, Op, Wire, prepare
from pliant.runtime.ops.outputs import LINKS
from pliant.runtime.ops.values import ACTIVATIONS

U8, U16, I32, I64, F32, F64 = np.uint8, np.uint16, np.int32, np.int64, np.float32, np.float64
Array = np.ndarray[Any, Any]
Case = tuple[Op, list[Array]]
FED = {"codes": "float64", "ids": "int64"}


def both(op: Op, inputs: list[Array]) -> tuple[Array, Array]:
    """Return what NumPy makes of inputs, and what ONNX Runtime does."""
    kinds = [{"uint8": "codes", "int32": "ids"}.get(a.dtype.name, "values") for a in inputs]
    wires = [Wire(kind, a.shape[1]) for kind, a in zip(kinds, inputs, strict=True)]
    run, wire = prepare(op, tuple(wires))
    graph, feeds, tensors = Graph(), {}, []
    for i, (kind, array) in enumerate(zip(kinds, inputs, strict=True)):
        dtype = FED.get(kind, array.dtype.name)
        tensors.append(graph.input(f"in{i}", dtype, "", array.shape[1]))
        feeds[f"in{i}"] = array.astype(dtype)
    made = EMITTERS[op.name](graph, op, tensors)
    assert made.width == wire.width
    assert made.dtype == FED.get(wire.kind, made.dtype)
    graph.output(made, "out", "")
    proto = graph.proto("op")
    document.onnx.checker.check_model(proto, full_check=True)
    (got,) = session_of(proto.SerializeToString())(feeds)
    return np.asarray(run(*inputs)), got


def op_of(name: str, arrays: dict[str, Array], **values: Any) -> Op:
    return Op(name, (), "out", arrays, values)


class Maker:
    """Draws sizes from Hypothesis and fills arrays of them."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.rng = np.random.default_rng(self.size(0, 2**32 - 1))

    def size(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def codes(self, n: int, width: int) -> Array:
        codes = self.rng.integers(0, 256, (n, width)).astype(U8)
        codes[self.rng.random((n, width)) < 0.1] = 0
        return codes

    def ids(self, n: int, width: int) -> Array:
        return self.rng.integers(0, 12, (n, width)).astype(I32)

    def floats(self, *shape: int) -> Array:
        return self.rng.normal(size=shape).astype(F32)


def gather(m: Maker) -> Case:
    width = m.size(1, 5)
    columns = m.rng.integers(0, width, m.size(1, 6)).astype(U16)
    return op_of("gather", {"columns": columns}), [m.codes(7, width)]


def lookup(m: Maker) -> Case:
    width, n = m.size(1, 4), m.size(1, 4)
    sizes = m.rng.integers(2, 15, n)
    arrays = {
        "columns": m.rng.integers(0, width, n).astype(U16),
        "offsets": np.cumsum([0, *sizes]).astype(I64),
        "table": m.rng.integers(0, 256, sizes.sum()).astype(U8),
    }
    return op_of("lookup", arrays), [m.ids(20, width)]


def cross(m: Maker) -> Case:
    width, n = m.size(1, 4), m.size(1, 3)
    keys = [np.unique(m.rng.integers(0, 150, m.size(1, 60))) for _ in range(n)]
    arrays = {
        "first": m.rng.integers(0, width, n).astype(U16),
        "second": m.rng.integers(0, width, n).astype(U16),
        "base": np.full(n, 12, I64),
        "keys": np.concatenate(keys).astype(I64),
        "offsets": np.cumsum([0, *map(len, keys)]).astype(I64),
    }
    return op_of("cross", arrays), [m.ids(40, width)]


def bin_(m: Maker) -> Case:
    sizes = [m.size(0, 254) for _ in range(m.size(1, 3))]
    edges = [np.sort(m.rng.normal(size=s) * 10.0 ** m.rng.integers(-300, 300)) for s in sizes]
    offsets = np.cumsum([0, *sizes]).astype(I64)
    op = op_of("bin", {"edges": np.concatenate(edges), "offsets": offsets})
    special = [np.nan, 0.0, -0.0, np.inf, -np.inf, 1e308, -1e308, 5e-324]
    around = [np.concatenate([e, np.nextafter(e, -np.inf), np.nextafter(e, np.inf)]) for e in edges]
    columns = [m.rng.choice([*special, *a.tolist()], 300) for a in around]
    return op, [np.stack(columns, axis=1)]


def concat(m: Maker) -> Case:
    return op_of("concat", {}), [m.codes(5, m.size(1, 3)) for _ in range(m.size(1, 3))]


def decode(m: Maker) -> Case:
    width, n = m.size(1, 4), m.size(1, 6)
    feature = m.rng.integers(0, width, n).astype(U16)
    op = op_of("decode", {"feature": feature, "table": m.floats(n, 256)})
    return op, [m.codes(30, width)]


def arithmetic(m: Maker) -> Case:
    width, n = m.size(1, 4), m.size(1, 8)
    arrays = {name: m.rng.integers(0, width, n).astype(U16) for name in ("first", "second")}
    arrays["kind"] = m.rng.integers(0, 3, n).astype(U8)
    values = m.floats(30, width)
    values[m.rng.random(values.shape) < 0.2] = 0
    values[m.rng.random(values.shape) < 0.2] = np.nan
    return op_of("arithmetic", arrays), [values]


def dense(m: Maker) -> Case:
    p, q = m.size(1, 40), m.size(1, 9)
    arrays = {"weight": m.floats(p, q) / F32(p**0.5), "bias": m.floats(q)}
    activation = m.data.draw(st.sampled_from(ACTIVATIONS))
    return op_of("dense", arrays, activation=activation), [m.floats(9, p)]


def neighbours(m: Maker) -> Case:
    """Points and values that lie close together on a grid: most distances are tied."""
    n, width, outputs = m.size(1, 60), m.size(1, 5), m.size(1, 3)
    points, values = (m.rng.integers(-2, 3, (rows, width)).astype(F32) / 4096 for rows in (n, 30))
    arrays = {"points": points, "answers": m.floats(n, outputs)}
    return op_of("neighbours", arrays, k=m.size(1, n)), [values]


def trees(m: Maker) -> Case:
    """Trees of every shape; some are a leaf alone, some share what is below a node."""
    width, n_outputs, values = m.size(1, 4), m.size(1, 3), 1
    if m.data.draw(st.booleans()):
        values = m.size(1, n_outputs)
    n, n_leaves, n_trees = m.size(1, 12), m.size(1, 20), m.size(0, 6)
    below = [[m.rng.integers(i + 1, max(i + 2, n)) for i in range(n)] for _ in range(2)]
    sides = []
    for side in below:
        inner = np.array([c if c < n else -1 for c in side])
        leaf = ~m.rng.integers(0, n_leaves, n)
        sides.append(np.where((inner < 0) | (m.rng.random(n) < 0.5), leaf, inner).astype(I32))
    root = np.where(m.rng.random(n_trees) < 0.2, ~0, m.rng.integers(0, n, n_trees))
    arrays = {
        "feature": m.rng.integers(0, width, n).astype(U16),
        "threshold": m.rng.choice(np.array([0, 1, 40, 128, 254, 255], U8), n),
        "left": sides[0],
        "right": sides[1],
        "root": root.astype(I32),
        "output": m.rng.integers(0, n_outputs - values + 1, n_trees).astype(U16),
        "leaves": m.floats(n_leaves, values),
    }
    return op_of("trees", whole(m, arrays, n_outputs), outputs=n_outputs), [m.codes(60, width)]


def oblivious(m: Maker) -> Case:
    width, n_outputs, depth, n_trees = m.size(1, 4), m.size(1, 3), m.size(0, 5), m.size(0, 6)
    arrays = {
        "feature": m.rng.integers(0, width, (n_trees, depth)).astype(U16),
        "threshold": m.rng.choice(np.array([0, 1, 40, 128, 254, 255], U8), (n_trees, depth)),
        "leaves": m.floats(n_trees, 2**depth, n_outputs),
    }
    return op_of("oblivious", whole(m, arrays, n_outputs), outputs=n_outputs), [m.codes(60, width)]


def whole(m: Maker, arrays: dict[str, Any], n_outputs: int) -> dict[str, Any]:
    """Trees as they are, or with whole numbers and a scale for leaves."""
    if m.data.draw(st.booleans()):
        return arrays
    leaves = m.rng.integers(-32768, 32768, arrays["leaves"].shape).astype(np.int16)
    return arrays | {"leaves": leaves, "scale": m.rng.normal(size=n_outputs) / 32768}


def tables(m: Maker) -> Case:
    width, n, outputs = m.size(1, 4), m.size(1, 5), m.size(1, 3)
    sizes = m.rng.integers(1, 257, n)
    arrays = {
        "feature": m.rng.integers(0, width, n).astype(U16),
        "offsets": np.cumsum([0, *sizes]).astype(I64),
        "table": m.floats(sizes.sum(), outputs),
        "bias": m.rng.normal(size=outputs),
    }
    return op_of("tables", arrays), [m.codes(50, width)]


def link(m: Maker) -> Case:
    function = m.data.draw(st.sampled_from(LINKS))
    scale = m.data.draw(st.sampled_from([1.0, 1e3, 1e-3]))
    score = m.rng.normal(size=(20, m.size(1, 4))) * scale
    return op_of("link", {}, function=function), [score]


def mix(m: Maker) -> Case:
    n, width = m.size(1, 4), m.size(1, 3)
    weights = np.ones(1) if n == 1 else m.rng.random(n)
    parts = [m.rng.normal(size=(9, width)) for _ in range(n - 1)]
    return op_of("mix", {"weights": weights}), [*parts, m.floats(9, width)]


def affine(m: Maker) -> Case:
    width = m.size(1, 3)
    arrays = {name: m.rng.normal(size=width) * 1e4 for name in ("scale", "shift")}
    return op_of("affine", arrays), [m.rng.normal(size=(9, width))]


def cascade(m: Maker) -> Case:
    width = m.size(1, 4)
    first, second = m.rng.random((20, width)), m.rng.random((20, width))
    return op_of("cascade", {"between": np.array([0.1, 0.4])}), [first, second]


CASES: dict[str, Callable[[Maker], Case]] = {
    **{f.__name__: f for f in (gather, lookup, cross, concat, decode, arithmetic, dense)},
    **{f.__name__: f for f in (trees, oblivious, tables, link, mix, affine, cascade)},
    "bin": bin_,
    "neighbours": neighbours,
}


def test_every_op_is_said_or_refused_by_name() -> None:
    assert not set(EMITTERS) & set(UNSAYABLE)
    assert set(EMITTERS) | set(UNSAYABLE) == set(OPS)
    assert set(CASES) == set(EMITTERS)


@pytest.mark.parametrize("name", CASES)
def test_an_op_is_the_same_in_onnx_runtime(name: str) -> None:
    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        wanted, got = both(*CASES[name](Maker(data)))
        assert got.shape == wanted.shape
        if wanted.dtype.kind in "ui":
            assert np.array_equal(got, wanted)
        else:
            np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)

    law()
