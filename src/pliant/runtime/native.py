"""A program for the compiled kernel: as many ops as it knows, packed once and run together.

What the kernel does not know (the choice of a cascade) NumPy runs, between two packed parts; ops on
text and images (n-grams, convolutions) call the kernel by themselves.

Exact, to the last bit, as in NumPy: codes, ids, trees, tables, decoded values, arithmetic, weighted
sums. A dense layer adds its products, and neighbours their answers, in another order than NumPy's
library, and links and activations use an exponential of their own, within 2 units in the last
place: predictions agree within 1e-6 of the greatest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.outputs import LINKS
from pliant.runtime.ops.values import ACTIVATIONS
from pliant.runtime.trees import OBLIVIOUS_ARRAYS, TREE_ARRAYS, NativeStep

if HAVE_KERNEL:
    from pliant.runtime import _kernel

ARRAYS: Mapping[str, tuple[str, ...]] = {
    "gather": ("columns",),
    "lookup": ("columns", "offsets", "table"),
    "cross": ("first", "second", "base", "keys", "offsets"),
    "bin": ("edges", "offsets"),
    "concat": (),
    "decode": ("feature", "table"),
    "arithmetic": ("first", "second", "kind"),
    "dense": ("weight", "bias"),
    "tables": ("feature", "offsets", "table", "bias"),
    "trees": TREE_ARRAYS,
    "oblivious": OBLIVIOUS_ARRAYS,
    "link": (),
    "mix": ("weights",),
    "affine": ("scale", "shift"),
    "neighbours": ("points", "answers"),
}
"""The ops that the kernel knows, and their arrays in the order in which it takes them."""

KINDS = ("codes", "ids", "values")
"""Kinds of wires, by number."""

_DTYPES = {"codes": np.uint8, "ids": np.int32, "values": np.float64}
_SINGLE = ("decode", "dense")
"""Ops whose values are float32."""


@dataclass(frozen=True)
class Native:
    """Ops that the kernel runs together, from the wires `inputs` to those in `outputs`."""

    packed: object
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, int, Any], ...]

    def __call__(self, made: dict[str, Any], n_rows: int) -> None:
        """Add the outputs for `n_rows` rows to what is made."""
        out = tuple(np.empty((n_rows, width), dtype) for _, width, dtype in self.outputs)
        _kernel.run_program(self.packed, tuple([made[name] for name in self.inputs]), out)
        for (name, _, _), array in zip(self.outputs, out, strict=True):
            made[name] = array


def pack(ops: Sequence[Op], wires: Mapping[str, Wire], needed: Sequence[str]) -> Native:
    """Return ops, all of them known to the kernel, as one part that makes the wires `needed`.

    Raises
    ------
    ValueError
        When an array breaks a rule: the kernel checks every index itself.
    """
    made = {op.output: op for op in ops}
    inputs = tuple(dict.fromkeys(name for op in ops for name in op.inputs if name not in made))
    number = {name: i for i, name in enumerate([*inputs, *made])}
    packed = _kernel.pack_program(
        tuple((KINDS.index(wires[name].kind), wires[name].width) for name in inputs),
        tuple(_step(op, number) for op in ops),
        tuple(number[name] for name in needed),
    )
    outputs = tuple((name, wires[name].width, _dtype(made[name], wires[name])) for name in needed)
    return Native(packed, inputs, outputs)


def _step(op: Op, number: Mapping[str, int]) -> NativeStep:
    arrays = [np.ascontiguousarray(op.arrays[name]) for name in ARRAYS[op.name]]
    if op.name in ("trees", "oblivious") and "scale" in op.arrays:
        arrays.append(np.ascontiguousarray(op.arrays["scale"]))
    return op.name, tuple(number[name] for name in op.inputs), tuple(arrays), _setting(op)


def _setting(op: Op) -> int:
    """Return the setting of an op as a number: 0 where it has none."""
    if op.name == "link":
        return LINKS.index(str(op.settings["function"]))
    if op.name == "dense":
        return ACTIVATIONS.index(str(op.settings["activation"]))
    return int(op.settings.get("k" if op.name == "neighbours" else "outputs", 0))


def _dtype(op: Op, wire: Wire) -> Any:
    return np.float32 if op.name in _SINGLE else _DTYPES[wire.kind]


def parts_of(ops: Sequence[Op], inputs: Sequence[str]) -> list[list[int]]:
    """Return the ops, by number, in parts: some that the kernel runs together, or one for NumPy.

    `inputs` are the wires of the table. In each part come all ops that can.
    """
    made, left, parts = set(inputs), list(range(len(ops))), []
    while left:
        known = _ready(ops, left, made, native=True)
        parts += [known] if known else []
        parts += [[i] for i in _ready(ops, left, made, native=False)]
    return parts


def _ready(ops: Sequence[Op], left: list[int], made: set[str], *, native: bool) -> list[int]:
    """Take from `left` the ops of one sort whose inputs are made, those that they make too."""
    ready = []
    for i in left:
        if (ops[i].name in ARRAYS) == native and made.issuperset(ops[i].inputs):
            ready.append(i)
            made.add(ops[i].output)
    left[:] = [i for i in left if i not in set(ready)]
    return ready


def needed_of(part: Sequence[int], ops: Sequence[Op]) -> list[str]:
    """Return what a part makes that the others read, or that is the prediction."""
    others = [op for i, op in enumerate(ops) if i not in set(part)]
    wanted = {name for op in others for name in op.inputs} | {ops[-1].output}
    return [ops[i].output for i in part if ops[i].output in wanted]
