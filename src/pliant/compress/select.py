"""The selection: of all offers, measured on files, the best that stays within the limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pliant.artifact.profile import BATCH_ROWS, measure
from pliant.compile.trim import trimmed
from pliant.compress.offer import Offer, Point, described
from pliant.compress.pareto import on_front
from pliant.core.config import Limits
from pliant.core.errors import FitError
from pliant.metrics import Metric
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.runtime.synthetic import typical
from pliant.training.experiment import Experiment

ROOM = 0.9
"""Of a limit, what a model of a part of the rows may take: final ones have seen more."""

FINAL_SECONDS = 0.3
"""How long the latency of the final model is measured."""

LOSS_WEIGHT = 100.0
"""A percent of the score too much counts as twice the latency, when the nearest offer is named."""


@dataclass(frozen=True)
class Chosen:
    """The model to ship, and every offer as plain data, the chosen one and the front marked.

    `remark` is what people should know of the losses, "" where that is nothing.
    """

    model: Predictor
    points: list[dict[str, Any]]
    remark: str = ""


@dataclass(frozen=True)
class Chooser:
    """Measures offers and takes the best within limits.

    Each is timed for so many `seconds` on rows of `frame`.
    """

    limits: Limits
    metric: Metric
    frame: Frame
    seconds: float = 0.02

    @classmethod
    def on(cls, experiment: Experiment, limits: Limits, seconds: float = 0.02) -> Chooser:
        """Return one that times offers on rows like those of an experiment."""
        coded, rng = experiment.table.coded, np.random.default_rng(experiment.seed)
        rows = rng.permutation(len(coded))[:BATCH_ROWS]
        return cls(
            limits, experiment.measure, typical(experiment.table.schema, coded.take(rows)), seconds
        )

    def measured(self, offers: Iterable[Offer]) -> list[Point]:
        """Return the offers with the figures of the models that were tried, trimmed.

        Ctrl-C ends what makes them, and leaves those that there are.
        """
        points = list[Point]()
        with suppress(KeyboardInterrupt):
            for offer in offers:
                points.append(Point(offer, measure(trimmed(offer.tried), self.seconds, self.frame)))
        return points

    def fits(self, point: Point, room: float = ROOM) -> bool:
        """Return whether a point is within the limits, of which it may use a share `room`."""
        return self._excess(point, room) <= 1

    def choose(self, points: Sequence[Point]) -> Chosen:
        """Return the best model within the limits, finished and measured again as a file.

        Raises
        ------
        FitError
            When there is none; the nearest is named, and what it takes.
        """
        if not points:
            raise KeyboardInterrupt  # it came before there was any
        found = list(points)
        for place in sorted(range(len(points)), key=lambda i: self._order(points[i])):
            if self.fits(points[place], 1.0):
                found[place], model = self.final(points[place])
                if self.fits(found[place], 1.0):
                    return self.chosen(model, found, place)
        raise self._none(found)

    def final(self, point: Point) -> tuple[Point, Predictor]:
        """Return a point with the figures of its final model, trimmed, and that model."""
        model = trimmed(point.offer.finish())
        return replace(point, figures=measure(model, FINAL_SECONDS, self.frame)), model

    def chosen(self, model: Predictor, points: Sequence[Point], place: int) -> Chosen:
        """Return the model of the point at a place; all points are told, the best score first."""
        front = on_front([point.costs for point in points])
        order = sorted(range(len(points)), key=lambda i: -points[i].offer.score)
        rows = [described(points[i], self.metric, i == place, front[i]) for i in order]
        return Chosen(model, rows)

    def _order(self, point: Point) -> tuple[float, float]:
        """Return what is least for the best: minus the score, or, where only a loss is limited,
        the seconds of a row."""
        costly = self.limits.seconds is None and self.limits.bytes is None
        own = (-point.offer.score, point.figures.p50)
        return own[::-1] if costly else own

    def _excess(self, point: Point, room: float) -> float:
        """Return how many times the limit that is broken most is used."""
        limits, found = self.limits, point.figures
        used = [0.0]
        if limits.seconds is not None:
            used.append(found.p50 / (room * limits.seconds))
        if limits.bytes is not None:
            used.append(found.size / (room * limits.bytes))
        if limits.share is not None and point.offer.lost > limits.share:
            used.append(1 + LOSS_WEIGHT * (point.offer.lost - limits.share))
        return max(used)

    def _none(self, points: Sequence[Point]) -> FitError:
        """Return the error that names the nearest offer and what it takes."""
        near = min(points, key=lambda point: self._excess(point, 1.0))
        offer, found = near.offer, near.figures
        score = self.metric.shown(offer.score)
        lost = ""
        if self.limits.share is not None:
            lost = f", gives up {100 * max(0.0, offer.lost):.2g} % of the score"
        return FitError(
            f"expected a model within {self.limits.described()}, but the nearest of {len(points)} "
            f"takes {1e6 * found.p50:.3g} us a row and {found.size / 1e3:.3g} kB{lost} "
            f"({offer.name}, {self.metric.label} {score:.4g})"
        )
