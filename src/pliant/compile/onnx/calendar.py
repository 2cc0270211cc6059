"""Calendar parts of times in integer arithmetic, the Gregorian calendar carried on both ways.

Dates come from days as H. Hinnant, "chrono-compatible low-level date algorithms" (2013), derives
them: in years that begin in March the leap day is the last one.
"""

from __future__ import annotations

import numpy as np

from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.raw import NOT_A_TIME

_DAY, _HOUR = 86_400_000_000, 3_600_000_000
_CYCLE, _CYCLE_YEARS = 146_097, 400
"""Days and years after which the calendar is the same."""

_BACK = 1_000
"""Cycles that are added, so that days count from before any time that int64 can hold."""

_MARCH_0 = 719_468
"""Days from 1 March of the year 0 to 1970."""


class Whole:
    """Whole numbers of a graph, int64 (n, T), and what can be done with them.

    Quotients are of numbers of at least 0, since ONNX rounds those of others up.
    """

    def __init__(self, graph: Graph, tensor: Tensor) -> None:
        self.graph, self.tensor = graph, tensor

    def __add__(self, other: Whole | int) -> Whole:
        return self._with("Add", other)

    def __sub__(self, other: Whole | int) -> Whole:
        return self._with("Sub", other)

    def __mul__(self, other: int) -> Whole:
        return self._with("Mul", other)

    def __floordiv__(self, other: int) -> Whole:
        return self._with("Div", other)

    def __mod__(self, other: int) -> Whole:
        return self._with("Mod", other)

    def where(self, flag: Tensor, other: Whole | int) -> Whole:
        """Return the other number where the flag is set."""
        picked = [flag, self._of(other), self.tensor]
        return Whole(self.graph, self.graph.node("Where", picked, "int64", self.tensor.width))

    def below(self, bound: int) -> Tensor:
        """Return a flag where numbers are below the bound."""
        return self._flag("Less", bound)

    def equal(self, value: int) -> Tensor:
        """Return a flag where numbers are that value."""
        return self._flag("Equal", value)

    def _with(self, kind: str, other: Whole | int) -> Whole:
        return Whole(self.graph, self.graph.like(kind, self.tensor, self._of(other)))

    def _flag(self, kind: str, value: int) -> Tensor:
        return self.graph.node(kind, [self.tensor, self._of(value)], "bool", self.tensor.width)

    def _of(self, other: Whole | int) -> Tensor:
        if isinstance(other, Whole):
            return other.tensor
        return self.graph.constant(np.array([other], dtype=np.int64))


def emit_calendar(graph: Graph, times: Tensor) -> dict[str, Tensor]:
    """Return float64 (n, T) a name of `CALENDAR`, NaN where missing, of int64 microseconds."""
    missing = Whole(graph, times).equal(int(NOT_A_TIME))
    moment = Whole(graph, times).where(missing, 0)
    before = moment.below(0)
    # -1 - x mirrors what is before 1970 into what may be divided.
    days = moment.where(before, moment * -1 - 1) // _DAY
    days = days.where(before, days * -1 - 1)
    whole = _date(days) | {"weekday": (days + 3) % 7, "hour": (moment % _DAY) // _HOUR}
    parts = {name: graph.cast(part.tensor, "float64") for name, part in whole.items()}
    seconds = graph.constant(np.array([1e6]))
    parts["epoch"] = graph.like("Div", graph.cast(moment.tensor, "float64"), seconds)
    nan = graph.constant(np.array([np.nan]))
    return {
        name: graph.node("Where", [missing, nan, part], "float64", times.width)
        for name, part in parts.items()
    }


def _date(days: Whole) -> dict[str, Whole]:
    """Return year, month, day and day of the year of days since 1970."""
    shifted = days + (_MARCH_0 + _BACK * _CYCLE)
    day = shifted % _CYCLE
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    since_march = day - (year * 365 + year // 4 - year // 100)
    month = (since_march * 5 + 2) // 153  # 0 is March
    new_year = since_march.below(306)  # the days of January and February come last
    years = year + (shifted // _CYCLE) * _CYCLE_YEARS - _BACK * _CYCLE_YEARS
    leap = (since_march * 0).where((year % 4).equal(0), 1).where((year % 100).equal(0), 0)
    leap = leap.where(year.equal(0), 1)
    return {
        "year": (years + 1).where(new_year, years),
        "month": (month - 9).where(new_year, month + 3),
        "day": since_march - (month * 153 + 2) // 5 + 1,
        "day_of_year": (since_march - 305).where(new_year, since_march + leap + 60),
    }
