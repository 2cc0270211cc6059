"""Result lines as one board: who ran what, with what loss, who beat whom.

A run that failed has no score: it loses every comparison and ranks last. Seeds are averaged.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.common.protocol import HIGHER_IS_BETTER

Line = dict[str, Any]


def read(paths: Iterable[Path]) -> list[Line]:
    """Read result lines, oldest first."""
    return [json.loads(t) for path in paths for t in path.read_text().splitlines() if t.strip()]


@dataclass(frozen=True)
class Entrant:
    """A system with a budget in seconds."""

    system: str
    budget: float

    def __str__(self) -> str:
        return f"{self.system} {self.budget:g}s"


@dataclass(frozen=True)
class Duel:
    """How often one entrant beat another."""

    wins: int
    ties: int
    losses: int

    @property
    def rate(self) -> float:
        """Share of wins, a tie counting half; NaN where they never met."""
        total = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / total if total else math.nan

    def __str__(self) -> str:
        return f"{self.wins}-{self.ties}-{self.losses}"


@dataclass(frozen=True)
class Board:
    """Mean scores by entrant and data set."""

    lines: tuple[Line, ...]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Board:
        """Gather result lines."""
        return cls(tuple(lines))

    def only(self, keep: Callable[[Line], bool]) -> Board:
        """Return the board of the lines that are kept."""
        return Board(tuple(line for line in self.lines if keep(line)))

    @cached_property
    def _runs(self) -> dict[tuple[Entrant, str], list[Line]]:
        runs: dict[tuple[Entrant, str], list[Line]] = {}
        for line in self.lines:
            entrant = Entrant(line["system"], line["budget"])
            runs.setdefault((entrant, line["dataset"]), []).append(line)
        return runs

    @cached_property
    def entrants(self) -> list[Entrant]:
        """Every entrant, in the order of the lines."""
        return list(dict.fromkeys(entrant for entrant, _ in self._runs))

    @cached_property
    def sets(self) -> list[str]:
        """Every data set, by name."""
        return sorted({dataset for _, dataset in self._runs})

    @cached_property
    def common(self) -> list[str]:
        """The data sets that every entrant ran, whether it failed or not."""
        return [d for d in self.sets if all(self.ran(e, d) for e in self.entrants)]

    def fact(self, dataset: str, name: str) -> Any:
        """Return what the lines say of a data set: `metric`, `task`, `train_rows`, `columns`."""
        known = (line[name] for line in self.lines if line["dataset"] == dataset and name in line)
        return next(known, "")

    def runs(self, entrant: Entrant) -> list[Line]:
        """Return all lines of an entrant."""
        return [line for (own, _), group in self._runs.items() if own == entrant for line in group]

    def ran(self, entrant: Entrant, dataset: str) -> bool:
        """Tell whether there is any line, failed or not."""
        return (entrant, dataset) in self._runs

    def score(self, entrant: Entrant, dataset: str) -> float | None:
        """Return the mean over seeds; None when any seed failed or there is no line."""
        scores = [line["score"] for line in self._runs.get((entrant, dataset), [])]
        return fmean(scores) if scores and None not in scores else None

    def loss(self, entrant: Entrant, dataset: str) -> float:
        """Return 1 - AUC, the log loss or the RMSE; infinite for a failure."""
        score = self.score(entrant, dataset)
        if score is None:
            return math.inf
        return 1.0 - score if self.fact(dataset, "metric") in HIGHER_IS_BETTER else score

    def rank(self, entrant: Entrant, dataset: str) -> float:
        """Return the place on one set, 1 the best; a tie shares the mean of its places."""
        own = self.loss(entrant, dataset)
        losses = [self.loss(other, dataset) for other in self.entrants]
        return sum(loss < own for loss in losses) + (losses.count(own) + 1) / 2

    def mean_rank(self, entrant: Entrant) -> float:
        """Return the mean place on the common sets; NaN without any."""
        return fmean(self.rank(entrant, d) for d in self.common) if self.common else math.nan

    def failures(self, entrant: Entrant) -> int:
        """Count the sets without a score."""
        return sum(self.ran(entrant, d) and self.score(entrant, d) is None for d in self.sets)

    def duel(self, mine: Entrant, other: Entrant) -> Duel:
        """Compare two entrants on every set that both ran."""
        pairs = [(self.loss(mine, d), self.loss(other, d)) for d in self._both(mine, other)]
        wins, losses = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
        return Duel(wins, len(pairs) - wins - losses, losses)

    def loss_ratio(self, mine: Entrant, other: Entrant) -> float:
        """Return the geometric mean of my loss over theirs; a failure counts as the worst loss."""
        both = self._both(mine, other)
        pairs = [(self._imputed(mine, d), self._imputed(other, d)) for d in both]
        logs = [math.log(a / b) for a, b in pairs if 0 < a < math.inf and 0 < b < math.inf]
        return math.exp(fmean(logs)) if logs else math.nan

    def quality(self, entrant: Entrant) -> float:
        """Return the mean over the common sets of a scaled loss: 1 the best, 0 the worst."""
        return fmean(self._scaled(entrant, d) for d in self.common) if self.common else math.nan

    def typical(self, entrant: Entrant, name: str) -> float | None:
        """Return the median over the sets of a figure; None where no line has it."""
        known = [line[name] for line in self.runs(entrant) if line.get(name) is not None]
        return median(known) if known else None

    def _both(self, one: Entrant, other: Entrant) -> Sequence[str]:
        return [d for d in self.sets if self.ran(one, d) and self.ran(other, d)]

    def _imputed(self, entrant: Entrant, dataset: str) -> float:
        """Return the loss; for a failure the worst that any entrant had."""
        own = self.loss(entrant, dataset)
        return own if own < math.inf else max(self._known(dataset), default=math.inf)

    def _known(self, dataset: str) -> list[float]:
        losses = [self.loss(entrant, dataset) for entrant in self.entrants]
        return [loss for loss in losses if loss < math.inf]

    def _scaled(self, entrant: Entrant, dataset: str) -> float:
        known = self._known(dataset)
        if not known:
            return 0.0
        best, worst = min(known), max(known)
        if worst == best:
            return 1.0
        return (worst - self._imputed(entrant, dataset)) / (worst - best)
