"""A program: a flat list of ops from an encoded table to predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.errors import ModelFileError
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.native import ARRAYS, Native, needed_of, pack, parts_of
from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.ops.base import Run
from pliant.runtime.parts import in_parts
from pliant.runtime.schema import Coded, Schema

CHUNK_ROWS = 16_384
"""Rows that go through a program at once, to bound memory."""


def input_wires(schema: Schema) -> dict[str, Wire]:
    """Return the wires that a table of that schema feeds into a program."""
    wires = {
        "codes": Wire("codes", len(schema.code_columns)),
        "ids": Wire("ids", len(schema.id_columns)),
    }
    wires.update({f"text:{j}": Wire("text", 1) for j in range(len(schema.text_columns))})
    return wires


@dataclass(frozen=True)
class _Single:
    """One op that NumPy runs."""

    run: Run
    inputs: tuple[str, ...]
    output: str

    def __call__(self, made: dict[str, Any], n_rows: int) -> None:
        """Add the output to what is made."""
        made[self.output] = self.run(*[made[name] for name in self.inputs])


class Program:
    """Ops checked against their inputs once, then run: by the kernel where it knows them.

    The output of the last op is the prediction: float64 (n, `n_outputs`).

    Raises
    ------
    ModelFileError
        When an op is unknown, or does not fit its inputs.
    """

    def __init__(self, ops: Sequence[Op], inputs: dict[str, Wire]) -> None:
        if not ops:
            raise ModelFileError("expected a program of one op at least, got none")
        wires = dict(inputs)
        self.ops = tuple(ops)
        singles: list[_Single] = []
        for i, op in enumerate(ops):
            try:
                run, wire = prepare(op, tuple(wires[name] for name in op.inputs))
            except KeyError as error:
                raise ModelFileError(f"op {i} ({op.name}) reads {error}, never made") from None
            except ValueError as error:
                raise ModelFileError(f"op {i} ({op.name}): {error}") from None
            if op.output in wires:
                raise ModelFileError(f"op {i} ({op.name}) makes {op.output!r} a second time")
            wires[op.output] = wire
            singles.append(_Single(run, op.inputs, op.output))
        if wires[ops[-1].output].kind != "values":
            raise ModelFileError("expected a program that ends in values")
        self.n_outputs = wires[ops[-1].output].width
        self._steps = _steps(self.ops, wires, singles, tuple(inputs))

    @cached_property
    def direct(self) -> object | None:
        """The kernel's program, where it is all there is and reads codes alone; otherwise None."""
        only = self._steps[0]
        if len(self._steps) > 1 or not isinstance(only, Native) or only.inputs != ("codes",):
            return None
        return only.packed if only.outputs[0][2] is np.float64 else None

    def __call__(self, coded: Coded, threads: int = 1) -> NDArray[np.float64]:
        """Return predictions float64 (n, n_outputs) of an encoded table of n rows.

        With several `threads` the rows are split among them, where there are many.
        """
        n = len(coded)
        out = in_parts(n, threads, lambda a, b: self._in_chunks(coded.between(a, b)))
        return out[0] if len(out) == 1 else np.concatenate(out)

    def _in_chunks(self, coded: Coded) -> NDArray[np.float64]:
        n = len(coded)
        if n <= CHUNK_ROWS or len(self._steps) == 1:
            return self._run(coded)
        starts = range(0, n, CHUNK_ROWS)
        return np.concatenate([self._run(coded.between(a, a + CHUNK_ROWS)) for a in starts])

    def _run(self, coded: Coded) -> NDArray[np.float64]:
        n = len(coded)
        if n == 0:
            return np.empty((0, self.n_outputs))
        made: dict[str, Any] = {"codes": coded.codes, "ids": coded.ids}
        for j, text in enumerate(coded.texts):
            made[f"text:{j}"] = text
        for step in self._steps:
            step(made, n)
        result: NDArray[Any] = made[self.ops[-1].output]
        return result.astype(np.float64, copy=False)


def _steps(
    ops: tuple[Op, ...], wires: Mapping[str, Wire], singles: list[_Single], inputs: tuple[str, ...]
) -> list[_Single | Native]:
    """Return what runs the ops: one after another, or together where the kernel knows them."""
    if not HAVE_KERNEL:
        return list(singles)
    steps: list[_Single | Native] = []
    for part in parts_of(ops, inputs):
        if ops[part[0]].name in ARRAYS:
            try:
                steps.append(pack([ops[i] for i in part], wires, needed_of(part, ops)))
            except ValueError as error:
                raise ModelFileError(f"the kernel refuses the program: {error}") from None
        else:
            steps.append(singles[part[0]])
    return steps
