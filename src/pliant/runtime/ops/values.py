"""Ops on real values: decoding codes, dense layers, neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register, within

ACTIVATIONS = ("identity", "relu", "silu", "tanh")

_DECODED = 1_000_000
"""Places that `decode` holds at once."""

_CHUNK = 4_000_000
"""Distances that `neighbours` holds at once."""


@register("decode")
def decode(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Turn codes into float32: output j is `table[j, code of feature[j]]`.

    `feature` uint16 (m,), `table` float32 (m, 256). Several outputs may read one feature:
    one-hot and piecewise-linear encodings are tables too.
    """
    source = one(inputs, "codes")
    feature = op.array("feature", "uint16", 1).astype(np.intp)
    table = op.array("table", "float32", 2)
    within("feature", feature, source.width)
    if table.shape != (len(feature), 256):
        raise ValueError(f"expected a table of shape ({len(feature)}, 256), got {table.shape}")
    flat, start = table.reshape(-1), np.arange(len(feature)) * 256

    step = max(1, _DECODED // max(1, len(feature)))

    def run(codes: Array) -> Array:
        out = np.empty((len(codes), len(feature)), dtype=np.float32)
        for a in range(0, len(codes), step):
            part = codes[a : a + step]
            np.take(flat, start + np.take(part, feature, axis=1), out=out[a : a + step])
        return out

    return run, Wire("values", len(feature))


ARITHMETIC = ("minus", "times", "over")
"""What `arithmetic` can do with two numbers, by number."""


@register("arithmetic")
def arithmetic(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Join pairs of values: output j is `first[j]` minus, times or over `second[j]`, in float64.

    `first`, `second` uint16 (m,): columns. `kind` uint8 (m,): 0 minus, 1 times, 2 over. What is
    over 0 is missing, NaN, as is what NaN goes into.
    """
    source = one(inputs, "values")
    first, second = op.array("first", "uint16", 1), op.array("second", "uint16", 1)
    kind = op.array("kind", "uint8", 1)
    if not 0 < len(first) == len(second) == len(kind):
        raise ValueError("expected first, second and kind of one length, 1 at least")
    within("first", first, source.width)
    within("second", second, source.width)
    within("kind", kind, len(ARITHMETIC))
    columns = [(int(k), int(a), int(b)) for k, a, b in zip(kind, first, second, strict=True)]

    def run(values: Array) -> Array:
        known = values.astype(np.float64)
        out = np.empty((len(values), len(columns)))
        for j, (k, a, b) in enumerate(columns):
            out[:, j] = _JOINED[k](known[:, a], known[:, b])
        return out

    return run, Wire("values", len(columns))


def _over(a: Array, b: Array) -> Array:
    out = np.full(a.shape, np.nan)
    np.divide(a, b, out=out, where=b != 0)
    return out


_JOINED = (np.subtract, np.multiply, _over)


@register("dense")
def dense(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Apply a dense layer: `weight` float32 (p, q), `bias` float32 (q,), an `activation`."""
    source = one(inputs, "values")
    weight, bias = op.array("weight", "float32", 2), op.array("bias", "float32", 1)
    activation = op.choice("activation", ACTIVATIONS)
    if weight.shape != (source.width, len(bias)):
        raise ValueError(f"expected weights ({source.width}, {len(bias)}), got {weight.shape}")

    def run(values: Array) -> Array:
        out = values.astype(np.float32, copy=False) @ weight
        out += bias
        return activate(out, activation)

    return run, Wire("values", len(bias))


def activate(values: Array, activation: str) -> Array:
    """Return the activation of each value."""
    out: Array = values
    if activation == "relu":
        out = np.maximum(values, 0)
    elif activation == "silu":
        with np.errstate(over="ignore"):
            out = values / (1 + np.exp(-values))
    elif activation == "tanh":
        out = np.tanh(values)
    return out


@register("neighbours")
def neighbours(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Average the `answers` float32 (m, V) of the k nearest `points` float32 (m, p).

    Distances are Euclidean, in float64; of points that are equally near the first ones count. A
    neighbour weighs 1 / (distance + 1e-3).
    """
    source = one(inputs, "values")
    points, answers = op.array("points", "float32", 2), op.array("answers", "float32", 2)
    k = op.integer("k", 1, max(1, len(points)))
    if len(points) != len(answers) or len(points) == 0 or points.shape[1] != source.width:
        raise ValueError(
            f"expected points (m, {source.width}) and answers (m, V) with m >= 1, "
            f"got {points.shape} and {answers.shape}"
        )
    near = Neighbourhood.of(points, answers, k)
    step = max(1, _CHUNK // len(points))

    def run(values: Array) -> Array:
        out = np.empty((len(values), answers.shape[1]))
        for a in range(0, len(values), step):
            out[a : a + step] = near(values[a : a + step])
        return out

    return run, Wire("values", answers.shape[1])


@dataclass(frozen=True)
class Neighbourhood:
    """Points, ready for the distances to many values: |v|^2 - 2 v.p + |p|^2.

    `cross` float64 (p, m) is -2 times the points. `norms`, `later` float64 (m,): the squares of the
    points, and what is added to the squared distance of later ones, less than 2**-24. Where values
    are multiples of 2**-12, as those of our own models are, all sums are exact, and so are ties.
    """

    cross: Array
    norms: Array
    later: Array
    answers: Array
    k: int

    @classmethod
    def of(cls, points: Array, answers: Array, k: int) -> Neighbourhood:
        """Return the neighbourhood of points (m, p) with answers (m, V)."""
        exact, m = points.astype(np.float64), len(points)
        later = np.arange(m) * 2.0 ** -(24 + m.bit_length())
        cross = np.ascontiguousarray(-2 * exact.T)
        return cls(cross, (exact**2).sum(axis=1), later, answers, k)

    def __call__(self, values: Array) -> Array:
        """Return float64 (n, V): the weighted average of the answers of the k nearest points."""
        exact = values.astype(np.float64)
        squared = exact @ self.cross
        squared += self.norms + self.later
        squared += (exact**2).sum(axis=1, keepdims=True)
        near = np.argpartition(squared, self.k - 1, axis=1)[:, : self.k]
        found = np.take_along_axis(squared, near, axis=1) - self.later[near]
        weight = 1 / (np.sqrt(np.maximum(found, 0)) + 1e-3)
        weight /= weight.sum(axis=1, keepdims=True)
        mean: Array = np.einsum("nk,nkv->nv", weight, self.answers[near])
        return mean
