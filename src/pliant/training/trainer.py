"""The trainer: one job in, its outcome out; the function in which all who train and engines meet.

It alone calls a learner, whatever for: splits of an experiment, all rows, blocks of a store,
students. So a deadline, a library's own error, and who stops a fit mean the same for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.core.errors import PliantError
from pliant.core.forked import with_own_threads
from pliant.data.target import Target
from pliant.metrics import LOSS
from pliant.models.base import Allowance, Data, Fitted, load_library
from pliant.models.family import IncrementalFamily
from pliant.models.quantise import with_whole_leaves
from pliant.training.experiment import Experiment, Prepared
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

SEEN_ROWS = 5_000
"""Rows on which what was trained on all of them is scored."""


def train(job: Job, experiment: Experiment, begin: Callable[[], Deadline] | None = None) -> Outcome:
    """Return what came of a job; a failure is an outcome too.

    `begin` is called when all is prepared and the fit begins; it returns the deadline that counts
    the job's seconds, by which others can stop it.
    """
    start = time.perf_counter()
    begin = begin or (lambda: Deadline(job.seconds))
    try:
        load_library(experiment.family(job.candidate.family).package)
        if job.dataset is not None:
            return _on_dataset(job, job.dataset, experiment, begin)
        prepared = _rows_of(job, experiment)
        start = time.perf_counter()
        return replace(_on_split(job, experiment, prepared, begin()), preparing=prepared.seconds)
    except Exception as error:  # the trial boundary: a failure is recorded, the search goes on
        return Outcome.failed(time.perf_counter() - start, _reason(error))


def _learned(job: Job, experiment: Experiment, data: Data, deadline: Deadline) -> Fitted:
    """Return the model that a job's family learns from rows: a learner is called here alone."""
    family, config = experiment.family(job.candidate.family), job.candidate.config
    allowance = Allowance(deadline, job.threads, experiment.seed, job.rounds)

    def learn(rows: Data) -> Fitted:
        if job.partial is None:
            return family.fit(rows, config, allowance)
        if isinstance(family, IncrementalFamily):
            return family.partial_fit(job.partial.fitted, rows, config, allowance)
        raise TypeError(f"expected a family that goes on, but {family.name} has no partial_fit")

    with data.lent() as rows:
        return with_own_threads(lambda: learn(rows), deadline)


def _on_dataset(
    job: Job, dataset: TrainingSet, experiment: Experiment, begin: Callable[[], Deadline]
) -> Outcome:
    """Return the model of rows that a job brought; one that others go on with stays as it is.

    One whose time is up before it is through with all that it goes through is not finished.
    """
    start = time.perf_counter()
    data = dataset.data
    preparing, deadline = time.perf_counter() - start, begin()
    start = time.perf_counter()
    fitted = _learned(job, experiment, data, deadline)
    if job.partial is None:
        refined = with_whole_leaves(dataset.refined(fitted, deadline))
        fitted = replace(refined, finished=refined.finished and deadline.remaining() > 0)
    seconds = time.perf_counter() - start
    return Outcome(np.nan, seconds, None, fitted, preparing=preparing, by_loss=np.nan)


def _rows_of(job: Job, experiment: Experiment) -> Prepared:
    """Return what a job trains on; refits run side by side, so they share nothing."""
    prepared = experiment.prepared(job.split, job.candidate.view)
    if job.split is None:
        return replace(prepared, data=prepared.data.apart())
    return prepared if job.rows is None else prepared.thinned(job.rows, experiment.seed)


def _on_split(job: Job, experiment: Experiment, prepared: Prepared, deadline: Deadline) -> Outcome:
    start = time.perf_counter()
    fitted = with_whole_leaves(_learned(job, experiment, prepared.data, deadline))
    valid = prepared.data.valid
    if valid is None:
        score, by_loss = _seen_scores(fitted, prepared, experiment)
        seconds = time.perf_counter() - start
        return Outcome(score, seconds, None, fitted, by_loss=by_loss)
    predictions = prepared.scale.up(fitted.predict(valid.X, valid.own))
    if not np.isfinite(predictions).all():
        raise ArithmeticError("predictions that are not finite")
    score, by_loss = _scores(experiment, prepared.target, predictions, valid.weight)
    return Outcome(score, time.perf_counter() - start, predictions, fitted, by_loss=by_loss)


def _seen_scores(fitted: Fitted, prepared: Prepared, experiment: Experiment) -> tuple[float, float]:
    """Return the scores on some of the rows that were trained on; not numbers where none is."""
    train, scale = prepared.data.train, prepared.scale
    rows = np.linspace(0, len(train) - 1, min(len(train), SEEN_ROWS)).astype(np.intp)
    seen = train.take(rows)
    predictions = scale.up(fitted.predict(seen.X, seen.own))
    if not np.isfinite(predictions).all():
        return np.nan, np.nan
    return _scores(experiment, scale.back(seen.target), predictions, seen.weight)


def _scores(
    experiment: Experiment,
    target: Target,
    predictions: NDArray[np.float64],
    weight: NDArray[np.float64] | None,
) -> tuple[float, float]:
    """Return the scores by the metric and by what models are trained for."""
    return experiment.measure(target, predictions, weight), LOSS[target.task](
        target, predictions, weight
    )


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, PliantError) else f"{type(error).__name__}: {text}"
