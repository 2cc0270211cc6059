"""A program: a flat list of ops from an encoded table to predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.coded import Coded
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.native import ARRAYS, Native, needed_of, pack, parts_of
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.outputs import unsure
from pliant.runtime.ops.run import Step, steps_of
from pliant.runtime.ops.text import recipe_of
from pliant.runtime.parts import in_parts
from pliant.runtime.raw import Strings
from pliant.runtime.schema import Schema

CHUNK_ROWS = 16_384
"""Rows that go through a program at once, to bound memory."""


def input_wires(schema: Schema) -> dict[str, Wire]:
    """Return the wires that a table of that schema feeds into a program."""
    wires = {
        "codes": Wire("codes", len(schema.code_columns)),
        "ids": Wire("ids", len(schema.id_columns)),
    }
    wires.update({o.wire: Wire(o.book.plane, o.book.width) for o in schema.own_planes})
    return wires


@dataclass(frozen=True)
class _Stage:
    """Steps that make float64 (n, `width`) of an encoded table: the wire `output`."""

    steps: Sequence[Step | Native]
    output: str
    width: int
    prepare: Mapping[str, Callable[[Strings], Strings]] = field(default_factory=dict)
    """What is done once with the text of a wire that several ops read."""

    @cached_property
    def read(self) -> frozenset[str]:
        """The wires that some step reads."""
        return frozenset(name for step in self.steps for name in step.inputs)

    @property
    def direct(self) -> object | None:
        """The kernel's program, where it is the only step and reads codes alone."""
        only = self.steps[0]
        if len(self.steps) > 1 or not isinstance(only, Native) or only.inputs != ("codes",):
            return None
        return only.packed if only.outputs[0][2] is np.float64 else None

    def __call__(self, coded: Coded) -> NDArray[np.float64]:
        """Return the wire for all rows, some after others."""
        n = len(coded)
        if n <= CHUNK_ROWS or len(self.steps) == 1:
            return self._run(coded)
        starts = range(0, n, CHUNK_ROWS)
        return np.concatenate([self._run(coded.between(a, a + CHUNK_ROWS)) for a in starts])

    def _run(self, coded: Coded) -> NDArray[np.float64]:
        n = len(coded)
        if n == 0:
            return np.empty((0, self.width))
        made: dict[str, Any] = {"codes": coded.codes, "ids": coded.ids}
        for wire, plane in coded.own.items():
            if wire in self.read:
                once = self.prepare.get(wire)
                made[wire] = once(plane) if once and isinstance(plane, Strings) else plane
        for step in self.steps:
            step(made, n)
        result: NDArray[Any] = made[self.output]
        return result.astype(np.float64, copy=False)


class Program:
    """Ops checked against their inputs once, then run: by the kernel where it knows them.

    The output of the last op is the prediction: float64 (n, `n_outputs`). Where that op is a
    cascade, its second input is made for the rows only that take it. Without `kernel`, as where
    it was not built, NumPy runs every op.

    Raises
    ------
    ModelFileError
        When an op is unknown, or does not fit its inputs.
    """

    def __init__(self, ops: Sequence[Op], inputs: dict[str, Wire], *, kernel: bool = True) -> None:
        if not ops:
            raise ModelFileError("expected a program of one op at least, got none")
        self.ops = tuple(ops)
        steps = steps_of(ops, inputs)
        wires = inputs | {step.output: step.wire for step in steps}
        if wires[ops[-1].output].kind != "values":
            raise ModelFileError("expected a program that ends in values")
        self.n_outputs = wires[ops[-1].output].width
        wanted = ops[-1].inputs if ops[-1].name == "cascade" else (ops[-1].output,)
        made = {step.output: step for step in steps}
        prepare = _prepared_once(ops)

        def steps_to(name: str) -> list[Step | Native]:
            own = makers(ops, name)
            if kernel and HAVE_KERNEL:
                return _together(own, wires, made, tuple(inputs))
            return [made[op.output] for op in own]

        self._stages = tuple(
            _Stage(steps_to(name), name, self.n_outputs, prepare) for name in wanted
        )

    @cached_property
    def direct(self) -> object | None:
        """The kernel's program, where it is all there is and reads codes alone; otherwise None."""
        return self._stages[0].direct if len(self._stages) == 1 else None

    def __call__(self, coded: Coded, threads: int = 1) -> NDArray[np.float64]:
        """Return predictions float64 (n, n_outputs) of an encoded table of n rows.

        With several `threads` the rows are split among them, where there are many.
        """
        n = len(coded)
        out = in_parts(n, threads, lambda a, b: self._run(coded.between(a, b)))
        return out[0] if len(out) == 1 else np.concatenate(out)

    def prepared(self, coded: Coded) -> Coded:
        """Return the same rows, the grams of their texts counted, for many runs of them."""
        recipes = {op.inputs[0]: recipe_of(op) for op in self.ops if op.name == "gram_scores"}
        texts = {w: p for w, p in coded.own.items() if w in recipes and isinstance(p, Strings)}
        own = {wire: text.with_counts(recipes[wire]) for wire, text in texts.items()}
        return replace(coded, own={**coded.own, **own})

    def _run(self, coded: Coded) -> NDArray[np.float64]:
        out = self._stages[0](coded)
        if len(self._stages) == 2:
            rows = np.flatnonzero(unsure(out, self.ops[-1].arrays["between"]))
            if len(rows):
                out[rows] = self._stages[1](coded.take(rows))
        return out


def _prepared_once(ops: Sequence[Op]) -> dict[str, Callable[[Strings], Strings]]:
    """Return for wires of text that several ops read alike what is done with them once."""
    hashed = {op.inputs[0] for op in ops if op.name == "ngrams"}
    recipes = [(op.inputs[0], recipe_of(op)) for op in ops if op.name == "gram_scores"]
    counted = {wire: recipe for wire, recipe in recipes if recipes.count((wire, recipe)) > 1}
    prepare = {wire: partial(Strings.with_counts, recipe=r) for wire, r in counted.items()}
    return prepare | dict.fromkeys(hashed - counted.keys(), Strings.with_grams)


def makers(ops: Sequence[Op], wire: str) -> tuple[Op, ...]:
    """Return the ops that it takes to make a wire, in their order."""
    wanted, found = {wire}, list[Op]()
    for op in reversed(ops):
        if op.output in wanted:
            wanted.update(op.inputs)
            found.append(op)
    return tuple(found[::-1])


def _together(
    ops: tuple[Op, ...],
    wires: Mapping[str, Wire],
    made: Mapping[str, Step],
    inputs: tuple[str, ...],
) -> list[Step | Native]:
    """Return what runs the ops: those that the kernel knows together, others one by one."""
    steps: list[Step | Native] = []
    for part in parts_of(ops, inputs):
        if ops[part[0]].name in ARRAYS:
            try:
                steps.append(pack([ops[i] for i in part], wires, needed_of(part, ops)))
            except ValueError as error:
                raise ModelFileError(f"the kernel refuses the program: {error}") from None
        else:
            steps.append(made[ops[part[0]].output])
    return steps
