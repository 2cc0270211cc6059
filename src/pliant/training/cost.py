"""The cost model: what a fit takes in seconds and bytes, told before anything is made.

A family hints at the seconds of a fit of some size, and at the bytes of a value
(`models.family.Family`). What fits took here says how many times its hint a family takes, on this
machine and for this table, and that factor holds for whatever is fitted next: splits, all rows,
blocks of a store, students.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from pliant.features.block import View
from pliant.models.base import FIT_BYTES, OUTPUT_BYTES, Shape
from pliant.models.family import IncrementalFamily
from pliant.models.learner import Learner
from pliant.training.records import Candidate, Outcome, Trial

Kind = Literal["fit", "student", "distilled"]
"""What is fitted: a candidate, a student of the rows' own labels, or one of a teacher's labels,
whose leaves are corrected in the end."""

MIN_HINT, MIN_SECONDS = 1e-4, 1e-3
"""Seconds, hinted at and measured, that a fit which is learned from is taken to have at least: what
very small ones take tells nothing of larger ones."""

SHORTEST = 1e-9
"""Seconds that any fit takes, whatever its family hints at."""

BLOCK_ROW_BYTES = 24
"""Bytes a row of a block for its target, its weight, and its place in a tree."""


@dataclass(frozen=True)
class Work:
    """A fit to be: of which family and configuration, of which size.

    `rounds` is how many it trains; None where it stops early, so that the family foretells them.
    Each `kind` of fit is measured by itself, since what belongs to it besides the rounds differs.
    """

    family: str
    config: Any
    shape: Shape
    rounds: int | None = None
    kind: Kind = "fit"


class Sized(Protocol):
    """What fits are of: learners by name, and rows of some width."""

    def family(self, name: str) -> Learner:
        """Return a learner by name."""
        ...

    def size(self, view: View) -> Shape:
        """Return the size of a fit on one row: its features, grams and outputs."""
        ...


class CostModel:
    """Foretells seconds and bytes of fits: the hints of their families, times what was measured.

    It belongs to one objective, whose fits it learns from (`Objective.costs`), in the search as
    after it.

    Examples
    --------
    >>> from pliant.models.lightgbm import LightGBMConfig
    >>> from pliant.testing import small_experiment
    >>> costs = small_experiment().costs
    >>> candidate = Candidate("lightgbm", "default", LightGBMConfig())
    >>> small, large = (costs.work(candidate, rows) for rows in (10_000, 1_000_000))
    >>> costs.learn(small, Outcome(0.9, seconds=2.0))
    >>> costs.seconds(small), 100 < costs.seconds(large) < 200, f"{costs.bytes(large) / 1e6:.0f} MB"
    (2.0, True, '132 MB')
    """

    def __init__(self, of: Sized) -> None:
        self._of = of
        self._factors: dict[tuple[str, Kind, bool], float] = {}

    def shape(self, view: View, rows: int, threads: int = 1) -> Shape:
        """Return the size of a fit on so many rows; nothing is made to know it."""
        return replace(self._of.size(view), rows=rows, threads=threads)

    def work(self, candidate: Candidate, rows: int, threads: int = 1) -> Work:
        """Return the fit of a candidate that stops early."""
        shape = self.shape(candidate.view, rows, threads)
        return Work(candidate.family, candidate.config, shape)

    def hint(self, work: Work) -> float:
        """Return the seconds that a family hints at: on a slow core, whatever was measured."""
        family = self._of.family(work.family)
        seconds = family.seconds(work.config, work.shape)
        if work.rounds is not None and (expected := family.expected_rounds(work.config)):
            seconds *= work.rounds / expected
        return max(seconds, SHORTEST)

    def seconds(self, work: Work) -> float:
        """Return about how many seconds a fit takes. A student of the rows' own labels may stop
        before it comes to all of its rounds, where others did.
        """
        seconds, early = self.hint(work) * self._factor(work), replace(work, rounds=None)
        if work.kind == "student" and self.knows(early):
            return min(seconds, self.hint(early) * self._factor(early))
        return seconds

    def bytes(self, work: Work) -> int:
        """Return about how many bytes a fit takes, the library's own and its table's left out."""
        return fit_bytes(self._of.family(work.family), work.shape)

    def knows(self, work: Work) -> bool:
        """Return whether a fit of that family and kind was measured here."""
        return _keys(work)[0] in self._factors

    def learn(self, work: Work, outcome: Outcome) -> None:
        """Learn from what a fit took; one that failed says nothing.

        One that stops early tells both, what such fits take and what each round of them does.
        """
        if outcome.reason:
            return
        early = work.rounds is None
        if work.kind == "student" and work.rounds and not outcome.cut_short:
            early = outcome.trained < work.rounds
        works = [replace(work, rounds=None)] if early else []
        if outcome.trained:
            works.append(replace(work, rounds=outcome.trained))
        for done in works:
            seconds, hint = max(outcome.seconds, MIN_SECONDS), max(self.hint(done), MIN_HINT)
            self._factors[_keys(done)[0]] = seconds / hint

    def again(self, trial: Trial, rows: int) -> float:
        """Return about how many seconds one fit of a trial's candidate takes on so many rows, by
        what its own fits took: that tells more than its family's others do.
        """
        work, measured = (self.work(trial.candidate, n) for n in (rows, trial.rows))
        return trial.mean_seconds * self.hint(work) / self.hint(measured)

    def _factor(self, work: Work) -> float:
        """Return how many times its hint a fit takes. A family that was not measured yet takes as
        much more as the others in the mean: they share the processor, and how many rounds a table
        is worth (CatBoost beside the mean of two before it, on 11 tables in 25 s: 0.8 to 1.6 times,
        but for three small ones); it is not taken to be faster than it says.
        """
        keys = _keys(work)
        for key in keys:
            if key in self._factors:
                return self._factors[key]
        others = [factor for key, factor in self._factors.items() if key[1:] == keys[-1][1:]]
        return max(1.0, float(np.exp(np.mean(np.log(others))))) if others else 1.0


def fit_bytes(family: Learner, shape: Shape) -> int:
    """Return about how many bytes a fit takes, the library's own and its table's left out."""
    return int(FIT_BYTES + shape.rows * _row_bytes(family, shape))


def rows_in(family: Learner, shape: Shape, n_bytes: float) -> float:
    """Return how many rows a fit may have that takes so many bytes, whose rows are as wide as those
    of a shape; negative where not even an empty one fits.
    """
    return (n_bytes - FIT_BYTES) / _row_bytes(family, shape)


def block_row_bytes(family: Learner, shape: Shape) -> float:
    """Return about how many bytes learning from a block takes for each of its rows."""
    a_cell = family.bytes_per_cell
    if isinstance(family, IncrementalFamily):
        a_cell = family.bytes_per_block_cell
    return BLOCK_ROW_BYTES + a_cell * shape.features + 2 * OUTPUT_BYTES * shape.outputs


def _row_bytes(family: Learner, shape: Shape) -> float:
    return (
        family.bytes_per_cell * (shape.features + shape.grams + shape.grid_values)
        + OUTPUT_BYTES * shape.outputs
    )


def _keys(work: Work) -> list[tuple[str, Kind, bool]]:
    """Return under what the factor of a work stands: its own kind first, then plain fits; of whole
    fits, or of rounds that are counted.
    """
    counted = work.rounds is not None
    return [(work.family, work.kind, counted), (work.family, "fit", counted)]
