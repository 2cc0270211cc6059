"""What a job needs: the size of a fit and the bytes it takes, told before anything is made."""

from __future__ import annotations

from pliant.core.memory import give_back, resident_memory
from pliant.data.table import Table
from pliant.features.block import View
from pliant.features.width import width_of
from pliant.models.base import Shape
from pliant.models.family import fit_bytes
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


def fit_shape(experiment: Experiment, view: View, rows: int, threads: int) -> Shape:
    """Return the size of a fit on so many rows of a split."""
    table = experiment.table
    n_outputs = table.target.n_outputs
    width = width_of(table.schema, n_outputs, view)
    return Shape(rows, width, n_outputs, threads, (), grams_of(table) if view == "grams" else 0.0)


def grams_of(table: Table) -> float:
    """Return about how many different grams the text of a row has in the mean."""
    counted = sum(len(text.counted.slots) for text in table.coded.texts if text.counted)
    return counted / max(1, len(table))


def job_bytes(experiment: Experiment, candidate: Candidate, rows: int) -> int:
    """Return about how many bytes a fit on so many rows of a split takes, its features among them.

    What the library itself takes is left out.
    """
    shape = fit_shape(experiment, candidate.view, rows, 1)
    features = len(experiment.table) * shape.features
    thinned = rows * shape.features if rows < len(experiment.splits[0].train) else 0
    fit = fit_bytes(experiment.family(candidate.family), shape)
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
        return fit_bytes(experiment.family(job.candidate.family), job.dataset.shape(job.threads))
    rows = len(experiment.table) if job.rows is None else job.rows
    needed = job_bytes(experiment, job.candidate, rows)
    if experiment.holds(job.split, job.candidate.view):
        needed -= experiment.prepared(job.split, job.candidate.view).nbytes
    return needed


def threads_for(n_cells: int, threads: int) -> int:
    """Return how many of the threads a fit to so many cells should use."""
    return 1 if n_cells < FEW_CELLS else threads
