"""Choose: which trials make up the ensemble, and with what weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.combine.greedy import greedy_weights
from pliant.errors import FitError
from pliant.search.ranking import mean_score
from pliant.search.trial import Trial
from pliant.study import Study


@dataclass(frozen=True)
class Choice:
    """The chosen trials, their weights, which sum to 1, and the ensemble's own score."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    score: float

    def heaviest(self) -> list[Trial]:
        """Return the trials, the heaviest first."""
        pairs = sorted(zip(self.trials, self.weights, strict=True), key=lambda p: -p[1])
        return [trial for trial, _ in pairs]


def choose(trials: Sequence[Trial], study: Study) -> Choice:
    """Return the ensemble of finished trials, or a better one that time cut short.

    Raises
    ------
    FitError
        When no trial gave a model.
    """
    best = max((t for t in trials if t.status != "failed"), key=lambda t: t.score, default=None)
    if best is None:
        reasons = "; ".join(f"{t.candidate.name}: {t.reason}" for t in trials[:3])
        raise FitError(
            f"expected a candidate that can be fitted, but all {len(trials)} failed ({reasons})"
        )
    if best.status != "done":  # there was no time for every split, and no better one finished
        return Choice((best,), (1.0,), mean_score(best.outcomes))
    done = [t for t in trials if t.kept and t.status == "done"]
    table, metric, rows = study.table, study.measure, study.valid_rows
    target, weight = table.target.take(rows), table.roles.take(rows).weight
    weights = greedy_weights(_OutOfFold(done), target, weight, metric, study.seed)
    kept = [(t, float(w)) for t, w in zip(done, weights, strict=True) if w > 0]
    mixed = sum(t.predictions * w for t, w in kept)
    score = metric(target, np.asarray(mixed), weight)
    return Choice(tuple(t for t, _ in kept), tuple(w for _, w in kept), score)


@dataclass(frozen=True)
class _OutOfFold:
    """The predictions of trials, each put together when its turn comes: no copy of all of them."""

    trials: Sequence[Trial]

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return (trial.predictions for trial in self.trials)
