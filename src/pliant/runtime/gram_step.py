"""Linear models of grams that the kernel scores together, whoever of an ensemble they belong to.

The members of an ensemble read a text by the same grams. Each by itself would count them anew; one
model with the outputs of all counts them once, and looks each gram up once. What comes of it is the
same to the last bit: a sum has the same whole numbers (`runtime/ops/text.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from pliant.runtime.ops import Op
from pliant.runtime.ops.text import GramModel, recipe_of

GRAM_SCORES = "gram_scores"
"""The op that such models are."""

MAX_OUTPUTS = 1 << 16
"""Outputs that a model may have: their numbers are uint16."""


@dataclass(frozen=True)
class GramStep:
    """Ops of one text, as the kernel runs them: from the wire in `inputs` to those in `outputs`,
    each with the width of its values.
    """

    model: GramModel
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, ops: Sequence[Op]) -> GramStep:
        """Return the step of checked ops that read one wire by the same recipe."""
        models = [GramModel.of(op) for op in ops]
        model = GramModel.side_by_side(models)
        outputs = [(op.output, len(m.bias)) for op, m in zip(ops, models, strict=True)]
        return cls(model, ops[0].inputs, tuple(outputs))

    def __call__(self, made: dict[str, Any], n_rows: int) -> None:
        """Add the scores of `n_rows` rows to what is made."""
        scores, start = self.model.rows(made[self.inputs[0]], self.model.packed), 0
        for name, width in self.outputs:
            made[name] = np.ascontiguousarray(scores[:, start : start + width])
            start += width


def gram_steps(ops: Sequence[Op]) -> list[GramStep]:
    """Return the steps that run those of the ops which score grams."""
    scoring = [op for op in ops if op.name == GRAM_SCORES]
    alike = groupby(sorted(scoring, key=_reading), key=_reading)
    return [GramStep.of(part) for _, found in alike for part in _parts(list(found))]


def _reading(op: Op) -> tuple[Any, ...]:
    """Return what an op reads, and how."""
    return *op.inputs, *recipe_of(op).numbers


def _parts(ops: list[Op]) -> list[list[Op]]:
    """Return ops in parts that have few enough outputs, in their order."""
    parts, width = list[list[Op]](), MAX_OUTPUTS
    for op in ops:
        width += len(op.arrays["bias"])
        if width > MAX_OUTPUTS or not parts:
            parts.append([])
            width = len(op.arrays["bias"])
        parts[-1].append(op)
    return parts
