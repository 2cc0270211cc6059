"""What a user's model is told of a table: each input a function of one feature's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.features.block import Feature
from pliant.features.decode import MAX_ONE_HOT, Decoder

CODES = 256
"""How many codes there can be."""


@dataclass(frozen=True)
class Inputs:
    """Real inputs from codes: input j is `table[j, code of feature[j]]`.

    `feature` intp (P,), `table` float (P, 256).
    """

    feature: NDArray[np.intp]
    table: NDArray[Any]

    def __call__(self, X: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the inputs of codes (n, F), float32 (n, P)."""
        return self.decoder(X)

    @property
    def decoder(self) -> Decoder:
        """The same in float32, which can be an op."""
        return Decoder(self.feature.astype(np.uint16), self.table.astype(np.float32))

    def through(self, transformer: Any) -> Inputs:
        """Return the inputs behind a fitted transformer of scikit-learn that looks at each column
        by itself, or leaves some out: it is asked for all the values that a column can have.
        """
        if hasattr(transformer, "get_support"):
            kept = transformer.get_support()
            return Inputs(self.feature[kept], self.table[kept])
        table = self.table.astype(np.float32).T
        return Inputs(self.feature, np.asarray(transformer.transform(table)).T)


def code_inputs(features: Sequence[Feature]) -> Inputs:
    """Return the codes themselves: the bins of numbers, categories in the order of their ids.

    Of each feature 0 is missing. Trees ask whether a value is at most some other: these are as
    good for them as the numbers, and no split moves when it is written as one on codes.
    """
    table = np.tile(np.arange(CODES, dtype=np.float32), (len(features), 1))
    return Inputs(np.arange(len(features)), table)


def number_inputs(features: Sequence[Feature], X: NDArray[np.uint8]) -> Inputs:
    """Return real numbers, as learned from the training rows `X` uint8 (n, F).

    A number is the middle of its bin, in the column's own unit; where it is missing, the median of
    the rows, and a second input, 0 or 1, says so if one of them has none. A category has an input,
    0 or 1, for each of its codes that the rows have, up to 32 of them; of one with more the target
    statistics, which are numbers, speak alone.
    """
    rows: list[NDArray[np.float32]] = []
    owners: list[int] = []
    for f, feature in enumerate(features):
        counts = np.bincount(X[:, f], minlength=CODES)[:CODES]
        if feature.centers is not None:
            made = _number(feature.centers, counts)
        elif feature.n_codes <= MAX_ONE_HOT:
            made = list(np.eye(CODES, dtype=np.float32)[counts > 0])
        else:
            made = []
        rows += made
        owners += [f] * len(made)
    if not rows:
        rows, owners = [np.zeros(CODES, dtype=np.float32)], [0]
    return Inputs(np.array(owners, dtype=np.intp), np.array(rows, dtype=np.float32))


def _number(centers: NDArray[np.float32], counts: NDArray[np.intp]) -> list[NDArray[np.float32]]:
    """Return the table of a number, and that of whether it is missing where rows have none."""
    values = np.full(CODES, np.nan, dtype=np.float32)
    values[: len(centers)] = centers
    known = np.isfinite(values)
    seen = np.flatnonzero(known & (counts > 0))
    if not len(seen):
        return []
    order = seen[np.argsort(values[seen], kind="stable")]
    cumulative = np.cumsum(counts[order])
    median = values[order[np.searchsorted(cumulative, cumulative[-1] / 2)]]
    made = [np.where(known, values, median).astype(np.float32)]
    if counts[~known].sum():
        made.append((~known).astype(np.float32))
    return made
