"""What a converter of a kind of models is given and returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pliant.models.foreign.inputs import Inputs
from pliant.runtime.ops import Op

Reads = Literal["codes", "numbers"]
"""What a model learns from: `inputs.code_inputs` or `inputs.number_inputs`."""


@dataclass(frozen=True)
class Converted:
    """A fitted model as ops from the wire `X` to `score`, and the link to its predictions.

    Of two classes there is one column, for the second; of more, one for each that was seen.
    """

    ops: tuple[Op, ...]
    link: str


def nothing_against(model: Any) -> str:
    """Return that there is no reason against a model, whatever its parameters are."""
    return ""


@dataclass(frozen=True)
class Converter:
    """How the models of a class become ops.

    `ops(model, inputs)` converts a fitted one that has learned from some inputs. `reason(model)` is
    why one with such parameters cannot be converted, empty where it can: asked before it is fitted.
    """

    reads: Reads
    ops: Callable[[Any, Inputs], Converted]
    reason: Callable[[Any], str] = nothing_against
