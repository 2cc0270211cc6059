"""What an op is, and how its arrays are checked before it may run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Run = Callable[..., Array]


@dataclass(frozen=True)
class Wire:
    """What flows between ops: `kind` is codes (uint8), ids (int32), text or values (float)."""

    kind: str
    width: int


@dataclass(frozen=True)
class Op:
    """One step of a program: a name, named arrays and settings, and the names of its wires."""

    name: str
    inputs: tuple[str, ...]
    output: str
    arrays: Mapping[str, Array] = field(default_factory=dict)
    settings: Mapping[str, int | float | str] = field(default_factory=dict)

    def array(self, name: str, dtype: str, ndim: int) -> Array:
        """Return an array of this op, or raise ValueError when it is not as expected."""
        array = self.arrays.get(name)
        if array is None or array.dtype != np.dtype(dtype) or array.ndim != ndim:
            got = "none" if array is None else f"{array.dtype} {array.shape}"
            raise ValueError(f"expected {name} as {dtype} with {ndim} dimensions, got {got}")
        return np.ascontiguousarray(array)

    def integer(self, name: str, low: int, high: int) -> int:
        """Return a whole-number setting between `low` and `high`, or raise ValueError."""
        value = self.settings.get(name)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"expected {name} between {low} and {high}, got {value!r}")
        return value

    def choice(self, name: str, among: tuple[str, ...]) -> str:
        """Return a setting that is one of `among`, or raise ValueError."""
        value = self.settings.get(name)
        if not isinstance(value, str) or value not in among:
            raise ValueError(f"expected {name} to be one of {', '.join(among)}, got {value!r}")
        return value


Prepare = Callable[[Op, tuple[Wire, ...]], tuple[Run, Wire]]

OPS: dict[str, Prepare] = {}
"""Every op by name: a function that checks an op and returns what runs it, and its output."""


def register(name: str) -> Callable[[Prepare], Prepare]:
    """Add a function to `OPS`."""

    def add(prepare: Prepare) -> Prepare:
        OPS[name] = prepare
        return prepare

    return add


def prepare(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Return what runs an op, and its output wire.

    Raises
    ------
    ValueError
        When the op is unknown, or its arrays, settings or inputs do not fit together.
    """
    if op.name not in OPS:
        raise ValueError(f"expected one of the ops {', '.join(sorted(OPS))}, got {op.name!r}")
    return OPS[op.name](op, inputs)


def one(inputs: tuple[Wire, ...], kind: str) -> Wire:
    """Return the only input, which must be of that kind."""
    if len(inputs) != 1 or inputs[0].kind != kind:
        raise ValueError(f"expected one input of {kind}, got {[i.kind for i in inputs]}")
    return inputs[0]


def within(name: str, array: Array, bound: int) -> None:
    """Raise ValueError unless every element is at least 0 and below `bound`."""
    if array.size and (int(array.min()) < 0 or int(array.max()) >= bound):
        raise ValueError(f"expected {name} from 0 to {bound - 1}, got {array.min()}..{array.max()}")


def segments(name: str, offset: Array, n: int, length: int) -> None:
    """Raise ValueError unless `offset` (n + 1,) cuts `length` elements into n non-empty parts."""
    fits = len(offset) == n + 1 and offset[0] == 0 and offset[-1] == length
    if not fits or (np.diff(offset) <= 0).any():
        raise ValueError(f"expected {name} to cut {length} elements into {n} non-empty parts")
