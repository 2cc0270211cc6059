"""What a job needs: the size of a fit and the bytes it takes, told before anything is made."""

from __future__ import annotations

from pliant.core.memory import give_back, resident_memory
from pliant.features.block import View
from pliant.features.width import width_of
from pliant.models.base import Shape
from pliant.models.family import fit_bytes
from pliant.training.records import Candidate, Job
from pliant.training.study import Study

MAKING = 6
"""How many bytes each value of a split's features takes at most while they are made
(`python -m benchmarks.scaling.memory --making`, 300,000 rows: ten numbers plainly 1.4, with their
pairs 3.1; two numbers and eight categories 4.9, and 5.4 where they were the first to be made)."""


def fit_shape(study: Study, view: View, rows: int, threads: int) -> Shape:
    """Return the size of a fit on so many rows of a split."""
    n_outputs = study.table.target.n_outputs
    return Shape(rows, width_of(study.table.schema, n_outputs, view), n_outputs, threads)


def job_bytes(study: Study, candidate: Candidate, rows: int) -> int:
    """Return about how many bytes a fit on so many rows of a split takes, its features among them.

    What the library itself takes is left out.
    """
    shape = fit_shape(study, candidate.view, rows, 1)
    features = len(study.table) * shape.features
    thinned = rows * shape.features if rows < len(study.splits[0].train) else 0
    fit = fit_bytes(study.family(candidate.family), shape)
    return max(MAKING * features, features + thinned + fit)


def make_room(job: Job, study: Study, most: int) -> None:
    """Forget what was prepared for earlier jobs where this process would hold more than `most`."""
    rows = len(study.table) if job.rows is None else job.rows
    needed = job_bytes(study, job.candidate, rows)
    if study.holds(job.split, job.candidate.view):
        needed -= study.prepared(job.split, job.candidate.view).nbytes
    if resident_memory() + needed > most:
        study.let_go()
        give_back()
