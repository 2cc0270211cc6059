"""What a job needs: the bytes it takes, told before anything is made, and its threads."""

from __future__ import annotations

from pliant.core.memory import give_back, resident_memory
from pliant.training.cost import Work
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job

MAKING = 6
"""How many bytes each value of a split's features takes at most while they are made
(`python -m benchmarks.scaling.memory --making`, 300,000 rows: ten numbers plainly 1.4, with their
pairs 3.1; two numbers and eight categories 4.9, and 5.4 where they were the first to be made)."""

FEW_CELLS = 200_000
"""Cells of rows below which a fit has one thread: threads of OpenMP wait for each other after each
small step, and on a busy machine for long (LightGBM, 8,665 rows of 5 columns, 150 rounds of 6
classes, two cores that others use too: 2 s with one thread, 15 s and more with two)."""


def job_bytes(objective: Objective, candidate: Candidate, rows: int) -> int:
    """Return about how many bytes a fit on so many rows of a split takes, its features among them.

    What the library itself takes is left out.
    """
    work = objective.costs.work(candidate, rows)
    features = objective.n_rows * work.shape.features
    thinned = rows * work.shape.features if rows < len(objective.splits[0].train) else 0
    fit = objective.costs.bytes(work)
    return max(MAKING * features, features + thinned + fit)


def lacks_room(job: Job, objective: Objective, most: int) -> bool:
    """Return whether this process would hold more than `most` bytes with a job, beside all that was
    prepared for earlier ones.
    """
    return resident_memory() + _needed(job, objective) > most


def make_room(job: Job, objective: Objective, most: int) -> None:
    """Forget what was prepared for earlier jobs where this process would hold more than `most`."""
    if lacks_room(job, objective, most):
        objective.let_go()
        give_back()


def _needed(job: Job, objective: Objective) -> int:
    """Return about how many bytes a job takes that are not held already."""
    if job.dataset is not None:
        work = Work(job.candidate.family, job.candidate.config, job.dataset.shape())
        return objective.costs.bytes(work)
    rows = objective.n_rows if job.rows is None else job.rows
    needed = job_bytes(objective, job.candidate, rows)
    if objective.holds(job.split, job.candidate.view):
        needed -= objective.prepared(job.split, job.candidate.view).nbytes
    return needed


def threads_for(n_cells: int, threads: int) -> int:
    """Return how many of the threads a fit to so many cells should use."""
    return 1 if n_cells < FEW_CELLS else threads
