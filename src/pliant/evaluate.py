"""One job, a candidate on a split: the pure function in which search and engines meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.config import Clock
from pliant.encode.block import View
from pliant.errors import PliantError
from pliant.forked import with_own_threads
from pliant.metrics import LOSS
from pliant.models.base import Allowance, Data, Extensible, Fitted, load_library
from pliant.models.catalogue import FAMILIES
from pliant.models.quantise import with_whole_leaves
from pliant.study import Prepared, Study
from pliant.table.target import Target

SEEN_ROWS = 5_000
"""Rows on which what was trained on all of them is scored."""


@dataclass(frozen=True)
class Candidate:
    """What could be fitted: a family's name, a label for people, and a configuration.

    `view` says how it sees the table: which pairs of columns it reads besides the columns.
    """

    family: str
    label: str
    config: Any
    view: View = "plain"

    @property
    def name(self) -> str:
        """The family and the label."""
        return f"{self.family} {self.label}"


@dataclass(frozen=True)
class Job:
    """One candidate to fit on one split of a study, by number; on None, all rows.

    It trains on `rows` rows at most, in `seconds` and with `threads`; `rounds`, where given, is
    how many rounds to train instead of stopping early. It must begin within `latest` seconds, or
    never: None where that does not matter.
    """

    candidate: Candidate
    split: int | None
    rows: int | None = None
    seconds: float | None = None
    threads: int = 1
    rounds: int | None = None
    latest: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    `predictions` float64 (n, V) are of the split's validation rows. Where all rows were trained on,
    `score` is of some of them. `reason` says why it failed. `rounds` are the model's. `preparing`
    is how many seconds making the features of its split took, when that was done. `by_loss` is the
    score by what models are trained for (`metrics.LOSS`), whatever the metric is.
    """

    score: float
    seconds: float
    predictions: NDArray[np.float64] | None = None
    fitted: Fitted | None = None
    reason: str = ""
    rounds: int = 0
    preparing: float = 0.0
    by_loss: float = 0.0

    def __post_init__(self) -> None:
        if self.fitted is not None:
            object.__setattr__(self, "rounds", self.fitted.rounds)

    @property
    def nbytes(self) -> int:
        """The bytes of its predictions and its model."""
        arrays = [a for op in self.fitted.ops for a in op.arrays.values()] if self.fitted else []
        return sum(a.nbytes for a in [*arrays, self.predictions] if a is not None)

    @property
    def cut_short(self) -> bool:
        """Whether time ended the fit while it was still gaining on rows that it did not see."""
        return self.fitted is not None and not self.fitted.finished

    def told(self) -> Outcome:
        """Return what is said of it, without its predictions and its model."""
        return replace(self, predictions=None, fitted=None)

    @classmethod
    def failed(cls, seconds: float, reason: str) -> Outcome:
        """Return the outcome of a job that gave no model."""
        return cls(-np.inf, seconds, reason=reason, by_loss=-np.inf)


INTERRUPTED = "stopped before it was through"
"""Why a job failed that was under way when Ctrl-C came: it says nothing of its candidate."""


def evaluate(job: Job, study: Study, begin: Callable[[], Clock] | None = None) -> Outcome:
    """Return what came of a job; a failure is an outcome too.

    `begin` is called when all is prepared and the fit begins; it returns the clock that counts
    the job's seconds, by which others can stop it.
    """
    start = time.perf_counter()
    try:
        load_library(FAMILIES[job.candidate.family].package)
        prepared = _rows_of(job, study)
        start = time.perf_counter()
        clock = Clock(job.seconds) if begin is None else begin()
        return replace(_fitted(job, study, prepared, clock), preparing=prepared.seconds)
    except Exception as error:  # the trial boundary: a failure is recorded, the search goes on
        return Outcome.failed(time.perf_counter() - start, _reason(error))


def learn_on(
    data: Data, fitted: Fitted | None, candidate: Candidate, allowance: Allowance
) -> Outcome:
    """Return the model of a candidate after a further block of rows; a failure is an outcome too.

    `fitted` is what it was before, None where it has not begun; a family that does not go on
    learns from the block alone. The outcome has no score.
    """
    start, family = time.perf_counter(), FAMILIES[candidate.family]
    try:
        load_library(family.package)
        learn = partial(family.extend, fitted) if isinstance(family, Extensible) else family.fit
        learned = with_own_threads(
            lambda: learn(data, candidate.config, allowance), allowance.clock
        )
        return Outcome(np.nan, time.perf_counter() - start, None, learned)
    except Exception as error:  # the trial boundary: what was learned before is kept
        return Outcome.failed(time.perf_counter() - start, _reason(error))


def _rows_of(job: Job, study: Study) -> Prepared:
    """Return what a job trains on; refits run side by side, so they share nothing."""
    prepared = study.prepared(job.split, job.candidate.view)
    if job.split is None:
        return replace(prepared, data=prepared.data.apart())
    return prepared if job.rows is None else prepared.thinned(job.rows, study.seed)


def _fitted(job: Job, study: Study, prepared: Prepared, clock: Clock) -> Outcome:
    start = time.perf_counter()
    allowance = Allowance(clock, job.threads, study.seed, job.rounds)
    family = FAMILIES[job.candidate.family]
    with prepared.data.lent() as data:
        made = with_own_threads(lambda: family.fit(data, job.candidate.config, allowance), clock)
    fitted = with_whole_leaves(made)
    valid = prepared.data.valid
    if valid is None:
        score, by_loss = _seen_scores(fitted, prepared, study)
        seconds = time.perf_counter() - start
        return Outcome(score, seconds, None, fitted, by_loss=by_loss)
    predictions = prepared.scale.up(fitted.predict(valid.X))
    if not np.isfinite(predictions).all():
        raise ArithmeticError("predictions that are not finite")
    score, by_loss = _scores(study, prepared.target, predictions, valid.weight)
    return Outcome(score, time.perf_counter() - start, predictions, fitted, by_loss=by_loss)


def _seen_scores(fitted: Fitted, prepared: Prepared, study: Study) -> tuple[float, float]:
    """Return the scores on some of the rows that were trained on; not numbers where none is."""
    train, scale = prepared.data.train, prepared.scale
    rows = np.linspace(0, len(train) - 1, min(len(train), SEEN_ROWS)).astype(np.intp)
    predictions = scale.up(fitted.predict(train.X[rows]))
    if not np.isfinite(predictions).all():
        return np.nan, np.nan
    weight = None if train.weight is None else train.weight[rows]
    return _scores(study, scale.back(train.target.take(rows)), predictions, weight)


def _scores(
    study: Study,
    target: Target,
    predictions: NDArray[np.float64],
    weight: NDArray[np.float64] | None,
) -> tuple[float, float]:
    """Return the scores by the metric and by what models are trained for."""
    return study.measure(target, predictions, weight), LOSS[target.task](
        target, predictions, weight
    )


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, PliantError) else f"{type(error).__name__}: {text}"
