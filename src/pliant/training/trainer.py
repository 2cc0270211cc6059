"""The trainer: one job in, its outcome out; the function in which search and engines meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.core.config import Clock
from pliant.core.errors import PliantError
from pliant.core.forked import with_own_threads
from pliant.data.target import Target
from pliant.metrics import LOSS
from pliant.models.base import Allowance, Data, Fitted, load_library
from pliant.models.family import Family, IncrementalFamily
from pliant.models.quantise import with_whole_leaves
from pliant.models.registry import FAMILIES
from pliant.training.records import Candidate, Job, Outcome
from pliant.training.study import Prepared, Study

SEEN_ROWS = 5_000
"""Rows on which what was trained on all of them is scored."""


def evaluate(job: Job, study: Study, begin: Callable[[], Clock] | None = None) -> Outcome:
    """Return what came of a job; a failure is an outcome too.

    `begin` is called when all is prepared and the fit begins; it returns the clock that counts
    the job's seconds, by which others can stop it.
    """
    start = time.perf_counter()
    try:
        load_library(study.family(job.candidate.family).package)
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

    def learn(family: Family) -> Fitted:
        if isinstance(family, IncrementalFamily):
            return family.partial_fit(fitted, data, candidate.config, allowance)
        return family.fit(data, candidate.config, allowance)

    return _learned(candidate, allowance.clock, learn)


def fit_on(data: Data, candidate: Candidate, allowance: Allowance) -> Outcome:
    """Return the model of a candidate on rows of any kind, as those that students learn from; a
    failure is an outcome too. The outcome has no score.
    """

    def learn(family: Family) -> Fitted:
        return family.fit(data, candidate.config, allowance)

    return _learned(candidate, allowance.clock, learn)


def _learned(candidate: Candidate, clock: Clock, learn: Callable[[Family], Fitted]) -> Outcome:
    start = time.perf_counter()
    try:
        family = FAMILIES[candidate.family]
        load_library(family.package)
        fitted = with_own_threads(lambda: learn(family), clock)
        return Outcome(np.nan, time.perf_counter() - start, None, fitted)
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
    family = study.family(job.candidate.family)
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
