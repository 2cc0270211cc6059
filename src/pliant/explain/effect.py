"""Accumulated local effects: how predictions go with a column, on codes (Apley & Zhu 2020).

Rows whose value lies between two neighbouring grid points are asked what the model says of them at
the one and at the other, all else as it is; the mean differences are added up along the grid. No
row is moved far from where it is, as it would be for a partial dependence, so that columns that go
together do not make up rows that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError, DataError
from pliant.explain.inputs import Inputs
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.labels import Label, label_text
from pliant.runtime.model import Predictor

Floats = NDArray[np.float64]

MAX_POINTS = 32
"""Points of the grid, at quantiles of the rows."""


@dataclass(frozen=True)
class Effect:
    """How predictions go with a column: `values` (K,) of it, ascending, and the `effects` (K, V) on
    each output, of mean 0 over the rows.
    """

    values: Floats
    effects: Floats

    def rows(self, classes: Sequence[Label]) -> Iterator[dict[str, float]]:
        """Yield a row a value: "value" and "effect", or of several `classes` one each."""
        names = ["effect"]
        if len(classes) > 2:
            names = [f"effect({label_text(label)})" for label in classes]
        for value, effects in zip(self.values.tolist(), self.effects.tolist(), strict=True):
            yield {"value": value, **dict(zip(names, effects, strict=True))}


def accumulated_effect(model: Predictor, coded: Coded, name: str) -> Effect:
    """Return the accumulated local effects of a column of numbers over some rows.

    Raises
    ------
    ConfigError
        When the column is none of numbers, or the model does not read it.
    DataError
        When the rows have less than two different values of it.
    """
    book, place = _book(model, name)
    codes = coded.codes[:, place]
    rows = np.flatnonzero(codes > 0)  # 0 is missing
    grid = _grid(codes[rows])
    if len(grid) < 2:
        raise DataError(f"expected rows with two values of {name!r} at least, got {len(grid)}")
    at = np.searchsorted(grid, codes[rows])
    cells = np.maximum(at, 1)
    part = coded.take(rows)
    steps = _at(model, part, place, grid[cells]) - _at(model, part, place, grid[cells - 1])
    counts = np.bincount(cells, minlength=len(grid)).astype(np.float64)
    sums = np.stack([np.bincount(cells, step, len(grid)) for step in steps.T], axis=1)
    effects = np.cumsum(sums / np.maximum(counts, 1)[:, None], axis=0)
    below = np.where(grid[at] == codes[rows], at, at - 1)  # a row on the grid, or between points
    mean = 0.5 * (effects[at] + effects[below]).mean(axis=0)
    return Effect(book.centers[grid - 1].astype(np.float64), effects - mean)


def _book(model: Predictor, name: str) -> tuple[NumberCodebook, int]:
    """Return the codebook of a column of numbers, and which column of codes is its."""
    schema = model.schema
    known = [column.name for column in schema.columns]
    if name not in known:
        raise ConfigError(f"expected a column of the fit, {', '.join(known[:8])}, got {name!r}")
    if name not in Inputs.of(model).names:
        raise ConfigError(f"expected a column that the model reads, but it does not read {name!r}")
    for column in schema.binned:
        if column.name == name and isinstance(column.book, NumberCodebook):
            return column.book, column.codes.start
    kind = next(column.kind for column in schema.columns if column.name == name)
    raise ConfigError(f"expected a column of numbers to tell its effect, got {name!r}: {kind}")


def _grid(codes: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the codes that there are, or so many of them at quantiles of the rows."""
    present = np.unique(codes)
    if len(present) > MAX_POINTS:
        places = np.linspace(0, len(codes) - 1, MAX_POINTS).astype(np.intp)
        present = np.unique(np.sort(codes)[places])
    return present.astype(np.intp)


def _at(model: Predictor, coded: Coded, place: int, codes: NDArray[np.intp]) -> Floats:
    """Return predictions (n, V) of rows whose column of codes is replaced."""
    changed = coded.codes.copy()
    changed[:, place] = codes
    return model.program(Coded(changed, coded.ids, coded.own))
