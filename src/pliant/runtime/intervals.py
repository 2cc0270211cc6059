"""Intervals: how far off the predictions of a regression are, told from errors out of fold.

Errors of rows that the models had not seen, each over the spread that is expected of its row, are
alike for all rows. Their quantiles, times the spread of a new row, lie around its prediction:
normalised conformal prediction (Papadopoulos et al., 2002; Lei et al., 2018), the errors pooled
over folds (cross-conformal: Vovk, 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.runtime.coded import Coded
from pliant.runtime.ops import Op
from pliant.runtime.program import Program, input_wires
from pliant.runtime.schema import Schema

Floats = NDArray[np.float64]

MAX_KNOWN = 16
"""Coverages whose quantiles are remembered."""

MAX_LOG = 700.0
"""What the logarithm of a spread is bounded by, so that it is a number."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """What a model holds to tell intervals and quantiles.

    `ops` make the logarithm of the spread of a row, float64 (n, 1), from an encoded table; where
    there are none it is 0. `values` float64 (m,) are the quantiles, at `levels` float64 (m,), of
    errors over spreads; both ascend.

    Raises
    ------
    ConfigError
        When levels and values do not fit together.
    """

    ops: tuple[Op, ...]
    levels: Floats
    values: Floats

    def __post_init__(self) -> None:
        levels, values = self.levels, self.values
        good = levels.ndim == 1 and len(levels) > 1 and levels.shape == values.shape
        good = good and bool(np.isfinite(values).all() and (np.diff(values) >= 0).all())
        if not good or not (levels[0] > 0 and levels[-1] < 1 and (np.diff(levels) > 0).all()):
            raise ConfigError("expected quantiles that ascend, at levels that do, between 0 and 1")

    def program(self, schema: Schema) -> Program | None:
        """Return what makes the logarithm of the spread; None where it is 0.

        Raises
        ------
        ModelFileError
            When the ops do not fit together.
        """
        return Program(self.ops, input_wires(schema)) if self.ops else None

    def offsets(self, at: Floats) -> Floats:
        """Return the quantiles, at levels (q,), of errors over spreads.

        Raises
        ------
        ConfigError
            When a level is no number that the errors tell of.
        """
        low, high = float(self.levels[0]), float(self.levels[-1])
        told = (at >= low - 1e-12) & (at <= high + 1e-12)
        if not told.all():
            raise ConfigError(
                f"expected quantiles from {low:.4g} to {high:.4g}, of which the held-out rows of "
                f"the fit tell, got {at[~told][0]:g}"
            )
        return np.interp(at, self.levels, self.values)

    def around(self, coverage: object) -> Floats:
        """Return the two quantiles (2,), of errors over spreads, between which a share lies.

        Raises
        ------
        ConfigError
            When it is not between 0 and 1, or the errors are too few to tell.
        """
        if type(coverage) is float and coverage in self._known:
            return self._known[coverage]
        if not isinstance(coverage, int | float | np.number) or not 0 < coverage < 1:
            raise ConfigError(f"expected a coverage between 0 and 1, got {coverage!r}")
        most = 1 - 2 * max(float(self.levels[0]), 1 - float(self.levels[-1]))
        if coverage > most + 1e-12:
            raise ConfigError(
                f"expected a coverage of at most {most:.4g}, of which the held-out rows of the fit "
                f"tell, got {coverage!r}"
            )
        tail = (1 - float(coverage)) / 2
        found = self.offsets(np.array([tail, 1 - tail]))
        if len(self._known) < MAX_KNOWN:
            self._known[float(coverage)] = found
        return found

    @cached_property
    def _known(self) -> dict[float, Floats]:
        """What `around` has told: one row takes less than asking again."""
        return {}


def spreads(program: Program | None, coded: Coded, threads: int = 1) -> Floats:
    """Return the spread of each row float64 (n, 1): what errors are measured in."""
    if program is None:
        return np.ones((len(coded), 1))
    logs = program(coded, threads)
    return np.exp(np.minimum(logs, MAX_LOG, out=logs))


def levels_of(at: Sequence[float] | Floats) -> Floats:
    """Return levels that a user asks for as float64 (q,).

    Raises
    ------
    ConfigError
        When one is no number between 0 and 1.
    """
    try:
        levels = np.asarray(at, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"expected quantiles as numbers, got {at!r}") from None
    if levels.ndim != 1 or not ((levels > 0) & (levels < 1)).all():
        raise ConfigError(f"expected quantiles between 0 and 1, in a list, got {at!r}")
    return levels
