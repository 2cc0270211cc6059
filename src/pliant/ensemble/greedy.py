"""Greedy ensemble selection on out-of-fold predictions (Caruana et al., 2004).

Members are drawn with replacement, so that their counts become weights. Three guards against
overfitting the predictions: only the best candidates may enter, more of them the more rows there
are; the best prefix of the draws is kept; and a draw that adds a new member must gain something.
Of draws that are as good, the loss decides that models are trained for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target
from pliant.metrics import LOSS, Metric
from pliant.models.family import Family

ROUNDS = 25
MAX_JUDGED = 800_000
"""Rows on which draws are judged, times candidates: 20,000 rows of 40. Large tables have few: of
kddcup99, with a log loss of 0.0015, 20,000 of 113,000 held-out rows took a forest for better than a
net, and the forest alone lost 0.0025 on the test file; with all rows, it and the net 0.0012."""

NEW_MEMBER_GAIN = Family.member_gain
"""Of the loss, what a new member must gain: each costs bytes, and time a row."""

SAME_DIGITS = 6
"""Digits up to which two scores between 0 and 1 are the same: what lies beyond in an AUC near 1 is
the order of a few pairs of rows."""


def most_candidates(n_rows: int) -> int:
    """Return how many candidates may enter: 4 at 100 rows, 8 at 500, 15 at 2,500, 40 at most."""
    return int(np.clip(4 * (n_rows / 100) ** 0.43, 2, 40))


Losses = tuple[float, float]
"""Two losses, of which the second counts where the first is the same."""


class Arrays(Protocol):
    """Arrays of predictions, which may be made one by one, as they are gone through."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[NDArray[np.float64]]: ...


def greedy_weights(
    arrays: Arrays,
    target: Target,
    weight: NDArray[np.float64] | None,
    metric: Metric,
    seed: int,
    gains: Sequence[float] | None = None,
) -> NDArray[np.float64]:
    """Return weights float64 (m,), summing to 1, for m arrays of predictions (n, V).

    `gains` say what each must gain as a new member, of the loss; by default, and for the first one
    in any case, it is `NEW_MEMBER_GAIN`.
    """
    n = len(target.values)
    most = MAX_JUDGED // max(1, min(len(arrays), most_candidates(n)))
    if n <= most:
        predictions = list(arrays)
    else:
        kept = np.sort(np.random.default_rng(seed).permutation(n)[:most])
        predictions = [p[kept] for p in arrays]
        target, weight = target.take(kept), None if weight is None else weight[kept]
    judge = _Judge(target, weight, metric)
    alone = [judge.losses(p) for p in predictions]
    entered = sorted(range(len(alone)), key=lambda i: (alone[i], i))[: most_candidates(n)]
    counts = np.zeros(len(predictions))
    best_counts, best = counts, (np.inf, np.inf)
    total = np.zeros_like(predictions[0])
    wanted = [NEW_MEMBER_GAIN] * len(predictions)
    for size in range(1, ROUNDS + 1):
        # Who is in already goes first, unless a newcomer gains enough.
        losses, pick = min(
            (judge.losses((total + predictions[i]) / size, 0.0 if counts[i] else wanted[i]), i)
            for i in entered
        )
        counts[pick] += 1
        wanted = wanted if gains is None else list(gains)
        total = total + predictions[pick]
        if size == 1 or _less(losses, best):
            best, best_counts = losses, counts.copy()
        elif size - best_counts.sum() >= 6:
            break
    return np.asarray(best_counts / best_counts.sum())


@dataclass(frozen=True)
class _Judge:
    """Says how far predictions are from the best that there could be."""

    target: Target
    weight: NDArray[np.float64] | None
    metric: Metric

    def losses(self, predictions: NDArray[np.float64], gain: float = 0.0) -> Losses:
        """Return the loss by the metric, and the one that models are trained for, which decides
        where the first is the same; more for who is new and must `gain` something.
        """
        metric, trained = self.metric, LOSS[self.target.task]
        own = _handicapped(metric.loss(metric(self.target, predictions, self.weight)), gain)
        if metric.name == trained.name:
            return own, 0.0
        loss = trained.loss(trained(self.target, predictions, self.weight))
        least = own if metric.name.startswith("neg_") else round(own, SAME_DIGITS)
        return least, _handicapped(loss, gain)


def _handicapped(loss: float, gain: float) -> float:
    return loss + gain * abs(loss) if gain else loss


def _less(losses: Losses, best: Losses) -> bool:
    """Return whether losses are less than the best so far, by more than rounding."""
    for ours, least in zip(losses, best, strict=True):
        if abs(ours - least) > 1e-9 * abs(least):
            return ours < least
    return False
