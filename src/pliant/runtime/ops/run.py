"""Running ops one after another in NumPy: what a program means, whoever else runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pliant.core.errors import ModelFileError
from pliant.runtime.ops.base import Op, Run, Wire, prepare


@dataclass(frozen=True)
class Step:
    """One op that NumPy runs: the wires that it reads, the one that it makes, and of what kind."""

    run: Run
    inputs: tuple[str, ...]
    output: str
    wire: Wire

    def __call__(self, made: dict[str, Any], n_rows: int) -> None:
        """Add the output to what is made."""
        made[self.output] = self.run(*[made[name] for name in self.inputs])


def steps_of(ops: Sequence[Op], wires: Mapping[str, Wire]) -> list[Step]:
    """Return a step for each op, each checked against what it reads: `wires` and earlier outputs.

    Raises
    ------
    ModelFileError
        When an op is unknown, reads what is never made, does not fit what it reads, or makes a wire
        a second time.
    """
    known, steps = dict(wires), list[Step]()
    for i, op in enumerate(ops):
        try:
            run, wire = prepare(op, tuple(known[name] for name in op.inputs))
        except KeyError as error:
            raise ModelFileError(f"op {i} ({op.name}) reads {error}, never made") from None
        except ValueError as error:
            raise ModelFileError(f"op {i} ({op.name}): {error}") from None
        if op.output in known:
            raise ModelFileError(f"op {i} ({op.name}) makes {op.output!r} a second time")
        known[op.output] = wire
        steps.append(Step(run, op.inputs, op.output, wire))
    return steps


def run_steps(steps: Sequence[Step], inputs: Mapping[str, Any], n_rows: int) -> dict[str, Any]:
    """Return all wires of `n_rows` rows: the inputs, and what the steps make of them.

    What is among the inputs already is not made again.
    """
    made = dict(inputs)
    for step in steps:
        if step.output not in inputs:
            step(made, n_rows)
    return made
