"""A program: a flat list of ops from an encoded table to predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pliant.errors import ModelFileError
from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.ops.base import Array, Run
from pliant.runtime.raw import Strings
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


class Program:
    """Ops checked against their inputs once, then run row chunk by row chunk.

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
        self._steps: list[tuple[Run, tuple[str, ...], str]] = []
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
            self._steps.append((run, op.inputs, op.output))
        if wires[ops[-1].output].kind != "values":
            raise ModelFileError("expected a program that ends in values")
        self.n_outputs = wires[ops[-1].output].width

    def __call__(self, coded: Coded) -> NDArray[np.float64]:
        """Return predictions float64 (n, n_outputs) of an encoded table of n rows."""
        n = len(coded)
        if n <= CHUNK_ROWS:
            return self._run(coded)
        rows = [np.arange(a, min(a + CHUNK_ROWS, n)) for a in range(0, n, CHUNK_ROWS)]
        return np.concatenate([self._run(coded.take(part)) for part in rows])

    def _run(self, coded: Coded) -> NDArray[np.float64]:
        if len(coded) == 0:
            return np.empty((0, self.n_outputs))
        made: dict[str, Array | Strings] = {"codes": coded.codes, "ids": coded.ids}
        made.update({f"text:{j}": text for j, text in enumerate(coded.texts)})
        result: Array = coded.codes
        for run, inputs, output in self._steps:
            result = made[output] = run(*[made[name] for name in inputs])
        return result.astype(np.float64, copy=False)
