"""How the seconds of a fit grow with its values, as pilot fits tell."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Growth:
    """How the seconds of a fit grow with its values: so many on so many, and by which power.

    Examples
    --------
    >>> Growth(0.5, cells=1_000, power=2.0).seconds_on(10_000)
    50.0
    """

    seconds: float = 1e-3
    cells: int = 1_000
    power: float = 1.0

    def seconds_on(self, cells: int) -> float:
        """Return about how long a fit to so many values takes."""
        return self.seconds * math.pow(cells / self.cells, self.power)
