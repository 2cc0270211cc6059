"""Pliant as in its quick start: a budget; the file as written and loaded again."""

from __future__ import annotations

from benchmarks.common.protocol import REGRESSION, Job, Loaded, Table


def fit(table: Table, job: Job) -> None:
    """Train and save."""
    from pliant import Classifier, Regressor

    kind = Regressor if table.task == REGRESSION else Classifier
    model = kind(budget=f"{job.budget:g}s", random_state=job.seed, n_jobs=job.threads)
    model.fit(table.x, table.y).save(job.model)


def load(task: str, job: Job) -> Loaded:
    """Read the model again."""
    from pliant import load as read

    model = read(job.model)
    if task == REGRESSION:
        return Loaded(model.predict, predict_row=model.predict)
    return Loaded(model.predict_proba, model.classes, model.predict_proba)
