"""What a job needs: the bytes it takes, told before anything is made, and its threads."""

from __future__ import annotations

from pliant.core.memory import give_back, resident_memory
from pliant.training.cost import Work
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job

MAKING = 6
"""How many bytes each value of a split's features takes at most while they are made
(`python -m benchmarks.scaling.memory --making`, 300,000 rows: ten numbers plainly 1.4, with their
pairs 3.1; two numbers and eight categories 4.9, and 5.4 where they were the first to be made)."""

FEW_CELLS = 200_000
"""Cells of rows below which a fit has one thread: threads of OpenMP wait for each other after each
small step, and on a busy machine for long (LightGBM, 8,665 rows of 5 columns, 150 rounds of 6
classes, two cores that others use too: 2 s with one thread, 15 s and more with two)."""


def job_bytes(experiment: Experiment, candidate: Candidate, rows: int) -> int:
    """Return about how many bytes a fit on so many rows of a split takes, its features among them.

    What the library itself takes is left out.
    """
    shape = experiment.shape(candidate.view, rows)
    features = len(experiment.table) * shape.features
    thinned = rows * shape.features if rows < len(experiment.splits[0].train) else 0
    fit = experiment.costs.bytes(Work.of(candidate, shape))
    return max(MAKING * features, features + thinned + fit)


def lacks_room(job: Job, experiment: Experiment, most: int) -> bool:
    """Return whether this process would hold more than `most` bytes with a job, beside all that was
    prepared for earlier ones.
    """
    return resident_memory() + _needed(job, experiment) > most


def make_room(job: Job, experiment: Experiment, most: int) -> None:
    """Forget what was prepared for earlier jobs where this process would hold more than `most`."""
    if lacks_room(job, experiment, most):
        experiment.let_go()
        give_back()


def _needed(job: Job, experiment: Experiment) -> int:
    """Return about how many bytes a job takes that are not held already."""
    if job.dataset is not None:
        return experiment.costs.bytes(Work.of(job.candidate, job.dataset.shape()))
    rows = len(experiment.table) if job.rows is None else job.rows
    needed = job_bytes(experiment, job.candidate, rows)
    if experiment.holds(job.split, job.candidate.view):
        needed -= experiment.prepared(job.split, job.candidate.view).nbytes
    return needed


def threads_for(n_cells: int, threads: int) -> int:
    """Return how many of the threads a fit to so many cells should use."""
    return 1 if n_cells < FEW_CELLS else threads
