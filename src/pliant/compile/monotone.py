"""Proof of monotone constraints, on the program that is written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import FitError
from pliant.runtime.coded import Coded
from pliant.runtime.model import Predictor

BACKGROUND = 64
"""Rows of the table, spread over it, whose other columns stay as they are."""

ROUNDING = 1e-12
"""How far, as a part of the greatest, predictions may go the wrong way: sums of floats."""


def prove_monotone(model: Predictor, coded: Coded, directions: Mapping[str, int]) -> None:
    """Raise where a prediction falls, or rises, with a column that it must not fall or rise with.

    All codes of the column, each beside the next, are compared in rows of an encoded table.

    Raises
    ------
    FitError
        When one goes the wrong way.
    """
    rows = np.unique(np.linspace(0, len(coded) - 1, BACKGROUND).astype(np.intp))
    background = coded.take(rows)
    names = [name for name, _ in model.schema.code_columns]
    for name, direction in directions.items():
        steps = _steps(model, background, names.index(name))
        if (direction * steps < 0).any():
            wanted = "fall" if direction > 0 else "rise"
            raise FitError(
                f"expected predictions that never {wanted} with {name!r}, but {wanted} they do, by "
                f"up to {float(np.abs(steps[direction * steps < 0]).max()):.3g}: no model is made"
            )


def _steps(model: Predictor, background: Coded, column: int) -> NDArray[np.float64]:
    """Return float64 (r, n - 1) by how much predictions of r rows change from code to code, 0
    where that is rounding. Code 0, for what is missing, is no number.
    """
    n = model.schema.code_columns[column][1].n_codes
    told = []
    for code in range(1, n):
        codes = background.codes.copy()
        codes[:, column] = code
        told.append(model.program(Coded(codes, background.ids, background.own))[:, 0])
    predictions = np.stack(told, axis=1)
    steps = np.diff(predictions, axis=1)
    steps[np.abs(steps) <= ROUNDING * np.abs(predictions).max(initial=1e-300)] = 0.0
    return steps
