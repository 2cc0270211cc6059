"""The trainer: one job in, its outcome out; the function in which all who train and engines meet.

It alone calls a learner, whatever for: splits of an objective, all rows, blocks of a store,
students. So a deadline, a library's own error, and who stops a fit mean the same for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from pliant.core.deadline import Deadline
from pliant.core.errors import PliantError
from pliant.core.forked import with_own_threads
from pliant.models.base import Allowance, load_library
from pliant.models.family import IncrementalFamily
from pliant.models.quantise import with_whole_leaves
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet


def train(job: Job, objective: Objective, begin: Callable[[], Deadline] | None = None) -> Outcome:
    """Return what came of a job; a failure is an outcome too.

    `begin` is called when all is prepared and the fit begins; it returns the deadline that counts
    the job's seconds, by which others can stop it.
    """
    start = time.perf_counter()
    begin = begin or (lambda: Deadline(job.seconds))
    try:
        load_library(objective.family(job.candidate.family).package)
        if job.dataset is not None:
            return _on_dataset(job, job.dataset, objective, begin)
        prepared = objective.rows_of(job)
        deadline = begin()
        start = time.perf_counter()
        fitted = _learned(job, objective, prepared.data, deadline)
        outcome = objective.outcome(fitted, prepared)
        seconds = time.perf_counter() - start
        return replace(outcome, seconds=seconds, preparing=prepared.seconds)
    except Exception as error:  # the trial boundary: a failure is recorded, the search goes on
        return Outcome.failed(time.perf_counter() - start, _reason(error))


def _learned(job: Job, objective: Objective, data: Any, deadline: Deadline) -> Any:
    """Return the model that a job's family learns from rows: a learner is called here alone."""
    family, config = objective.family(job.candidate.family), job.candidate.config
    allowance = Allowance(deadline, job.threads, objective.seed, job.rounds, job.group)

    def learn(rows: Any) -> Any:
        if job.partial is None:
            return family.fit(rows, config, allowance)
        if isinstance(family, IncrementalFamily):
            return family.partial_fit(job.partial.fitted, rows, config, allowance)
        raise TypeError(f"expected a family that goes on, but {family.name} has no partial_fit")

    with data.lent() as rows:
        return with_own_threads(lambda: learn(rows), deadline)


def _on_dataset(
    job: Job, dataset: TrainingSet, objective: Objective, begin: Callable[[], Deadline]
) -> Outcome:
    """Return the model of rows that a job brought; one that others go on with stays as it is.

    One whose time is up before it is through with all that it goes through is not finished.
    """
    start = time.perf_counter()
    data = dataset.data
    preparing, deadline = time.perf_counter() - start, begin()
    start = time.perf_counter()
    fitted = _learned(job, objective, data, deadline)
    if job.partial is None:
        refined = with_whole_leaves(dataset.refined(fitted, deadline))
        fitted = replace(refined, finished=refined.finished and deadline.remaining() > 0)
    seconds = time.perf_counter() - start
    return Outcome(np.nan, seconds, None, fitted, preparing=preparing, by_loss=np.nan)


def failure_of(work: Callable[[], object]) -> str:
    """Return why what a user brought fails, "" where it does not.

    Examples
    --------
    >>> failure_of(lambda: 1 / 0), failure_of(lambda: 1)
    ('ZeroDivisionError: division by zero', '')
    """
    try:
        work()
    except Exception as error:  # of someone else's code: whoever asks makes a sentence of it
        return _reason(error)
    return ""


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, PliantError) else f"{type(error).__name__}: {text}"
