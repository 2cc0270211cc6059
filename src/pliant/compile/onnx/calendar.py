"""Calendar parts of times, the Gregorian calendar carried on both ways.

The calendar repeats after 400 years. The parts of every day of such a cycle are computed by nodes
that have no input, which ONNX Runtime does once, when it loads the file; a row only looks them up.
Dates come from days as H. Hinnant, "chrono-compatible low-level date algorithms" (2013), derives
them: in years that begin in March the leap day is the last one.
"""

from __future__ import annotations

import numpy as np

from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.raw import NOT_A_TIME

_DAY, _HOUR, _MINUTE, _SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
_CYCLE, _CYCLE_YEARS = 146_097, 400
"""Days and years after which the calendar is the same, weekdays included."""

_BACK = 1_000
"""Cycles that are added, so that days count from before any time that int64 can hold."""

_MARCH_0 = 719_468
"""Days from 1 March of the year 0, a Wednesday, to 1970."""


class Whole:
    """Whole numbers of a graph, int64, and what can be done with them.

    ONNX rounds a quotient towards 0; a remainder is at least 0.
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
    moment = Whole(graph, times)
    missing = moment.equal(int(NOT_A_TIME))
    towards_0 = moment // _DAY
    later = graph.node("Greater", [(towards_0 * _DAY).tensor, times], "bool", times.width)
    shifted = towards_0 - Whole(graph, graph.cast(later, "int64")) + (_MARCH_0 + _BACK * _CYCLE)
    at = (shifted % _CYCLE).where(missing, _CYCLE).tensor
    parts = {
        name: graph.node("Gather", [table, at], "float64", times.width)
        for name, table in _cycle(graph).items()
    }
    cycles = (shifted // _CYCLE - _BACK) * _CYCLE_YEARS
    parts["year"] = graph.like("Add", parts["year"], graph.cast(cycles.tensor, "float64"))
    million, nan = graph.constant(np.array([1e6])), graph.constant(np.array([np.nan]))
    epoch = graph.like("Div", graph.cast(times, "float64"), million)
    deadline = {"hour": _HOUR, "minute": _MINUTE, "second": _SECOND}
    within = {
        name: graph.cast((moment % _DAY // unit % (24 if name == "hour" else 60)).tensor, "float64")
        for name, unit in deadline.items()
    }
    for name, part in {**within, "epoch": epoch}.items():
        parts[name] = graph.node("Where", [missing, nan, part], "float64", times.width)
    return parts


def _cycle(graph: Graph) -> dict[str, Tensor]:
    """Return a float64 table a part: what it is on each day of a cycle, and NaN at its end.

    Days count from 1 March of the year 0.
    """
    ends = [graph.constant(np.array(value)) for value in (0, _CYCLE, 1)]
    day = Whole(graph, graph.node("Range", ends, "int64", 1))
    nan = graph.constant(np.array([np.nan]))
    whole = _date(day) | {"weekday": (day + 2) % 7}
    return {
        name: graph.node("Concat", [graph.cast(part.tensor, "float64"), nan], "float64", 1, axis=0)
        for name, part in whole.items()
    }


def _date(day: Whole) -> dict[str, Whole]:
    """Return year, month, day and day of the year of days of a cycle."""
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    since_march = day - (year * 365 + year // 4 - year // 100)
    month = (since_march * 5 + 2) // 153  # 0 is March
    new_year = since_march.below(306)  # the days of January and February come last
    leap = (year * 0).where((year % 4).equal(0), 1).where((year % 100).equal(0), 0)
    leap = leap.where(year.equal(0), 1)
    return {
        "year": (year + 1).where(new_year, year),
        "month": (month - 9).where(new_year, month + 3),
        "day": since_march - (month * 153 + 2) // 5 + 1,
        "day_of_year": (since_march - 305).where(new_year, since_march + leap + 60),
    }
