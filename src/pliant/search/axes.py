"""A search space as numbers: each parameter is an axis, and a configuration a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.models.space import Choice, Float, Int, Space

Points = NDArray[np.float64]


class Axis:
    """A range of numbers as 0 to 1, on a log scale where the range asks for one.

    A whole number has the room half way to its neighbours, so that the first and the last of a
    range have as much of it as any other.

    Examples
    --------
    >>> axis = Axis(Int(1, 4))
    >>> axis.place(np.array([1.0, 4.0])).tolist(), axis.value(np.array([0.1, 0.6])).tolist()
    ([0.125, 0.875], [1.0, 3.0])
    """

    def __init__(self, space: Float | Int) -> None:
        self._space = space
        self._half = 0.5 if isinstance(space, Int) else 0.0
        ends = self._scaled(np.array([space.low - self._half, space.high + self._half]))
        self._low, self._width = float(ends[0]), float(ends[1] - ends[0])

    def place(self, values: Points) -> Points:
        """Return where values lie, 0 to 1."""
        return (self._scaled(values) - self._low) / (self._width or 1.0)

    def value(self, places: Points) -> Points:
        """Return the values that are at places; whole ones where the range has those alone."""
        values = self._low + places * self._width
        values = np.exp(values) if self._space.log else values
        values = np.rint(values) if self._half else values
        return np.clip(values, self._space.low, self._space.high)

    def room(self, places: Points) -> Points:
        """Return how much of the axis the whole number at a place has; 0 for a real one."""
        if not self._half:
            return np.zeros_like(places)
        values = self.value(places)
        return self.place(values + self._half) - self.place(values - self._half)

    def _scaled(self, values: Points) -> Points:
        return np.log(values) if self._space.log else values


class Axes:
    """The axes of a space, in its order; on that of a `Choice` lies the index of its value.

    `choices` is how many values each axis chooses among, 0 where it is a range.

    Examples
    --------
    >>> axes = Axes({"depth": Int(1, 4), "loss": Choice("l1", "l2")})
    >>> point = axes.point({"depth": 2, "loss": "l2"})
    >>> point.tolist(), axes.values(point)
    ([0.375, 1.0], {'depth': 2, 'loss': 'l2'})
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._ranges = {
            place: Axis(kind)
            for place, kind in enumerate(space.values())
            if not isinstance(kind, Choice)
        }
        kinds = space.values()
        self.choices = np.array([len(k.values) if isinstance(k, Choice) else 0 for k in kinds])

    def __len__(self) -> int:
        return len(self._space)

    def point(self, values: Mapping[str, Any]) -> Points:
        """Return the point (d,) of a configuration, which lies in the space."""
        out = np.empty(len(self))
        for place, (name, kind) in enumerate(self._space.items()):
            if isinstance(kind, Choice):
                out[place] = kind.values.index(values[name])
            else:
                out[place] = self._ranges[place].place(np.array(float(values[name])))
        return out

    def values(self, point: Points) -> dict[str, Any]:
        """Return the configuration at a point (d,), as plain numbers."""
        out: dict[str, Any] = {}
        for place, (name, kind) in enumerate(self._space.items()):
            if isinstance(kind, Choice):
                out[name] = kind.values[int(point[place])]
            else:
                value = float(self._ranges[place].value(point[place]))
                out[name] = int(value) if isinstance(kind, Int) else value
        return out

    def settled(self, points: Points) -> Points:
        """Return the nearest points (n, d) that stand for a configuration."""
        out = points.copy()
        for place, axis in self._ranges.items():
            out[:, place] = axis.place(axis.value(points[:, place]))
        return out

    def rooms(self, points: Points) -> Points:
        """Return how much of each axis a value of points (n, d) has: 0 for real numbers."""
        out = np.zeros_like(points)
        for place, axis in self._ranges.items():
            out[:, place] = axis.room(points[:, place])
        return out
