"""Rows as networks read them: an array for each input, a target, weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target


@dataclass(frozen=True)
class Examples:
    """Rows for a network.

    `inputs` are arrays (n, ...), float32 or int64, in the order in which the network takes them;
    where `names` are not empty, it takes them by name. `weight` is float64 (n,) or None.
    """

    inputs: tuple[NDArray[Any], ...]
    target: Target
    weight: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.inputs[0])

    def first(self, n: int) -> tuple[NDArray[Any], ...]:
        """Return the inputs of the first rows, at least two of them: a row alone is there twice."""
        rows = np.arange(max(2, min(n, len(self)))) % len(self)
        return tuple(part[rows] for part in self.inputs)

    def batches(self, size: int, rng: np.random.Generator | None = None) -> Iterator[NDArray[Any]]:
        """Return the rows of batches of about one size, at most that large; drawn at random where
        there is a generator.
        """
        order = np.arange(len(self)) if rng is None else rng.permutation(len(self))
        return iter(np.array_split(order, max(1, -(-len(self) // size))))

    def told(self) -> dict[str, Any]:
        """Return what a network may ask of its rows: see `settings.TOLD`."""
        widths = [part.shape[1] if part.ndim > 1 else 1 for part in self.inputs]
        shapes = [part.shape[1:] for part in self.inputs]
        ids = [int(part.max(initial=0)) + 1 for part in self.inputs if part.dtype == np.int64]
        return {
            "n_inputs": dict(zip(self.names, widths, strict=True)) if self.names else widths[0],
            "input_shape": dict(zip(self.names, shapes, strict=True)) if self.names else shapes[0],
            "n_tokens": max(ids, default=0),
            "n_outputs": self.target.n_outputs,
        }
