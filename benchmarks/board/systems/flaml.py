"""FLAML's AutoML as in its quick start: a task, a metric, a time budget."""

from __future__ import annotations

import pickle

from benchmarks.common.protocol import BINARY, REGRESSION, Job, Loaded, Table


def fit(table: Table, job: Job) -> None:
    """Search until the time is up; save."""
    from flaml import AutoML

    metric = {BINARY: "roc_auc", REGRESSION: "rmse"}.get(table.task, "log_loss")
    automl = AutoML()
    automl.fit(
        X_train=table.x,
        y_train=table.y,
        task="regression" if table.task == REGRESSION else "classification",
        metric=metric,
        time_budget=job.budget,
        n_jobs=job.threads,
        seed=job.seed,
        log_file_name="",
        verbose=0,
    )
    job.model.write_bytes(pickle.dumps(automl))


def load(task: str, job: Job) -> Loaded:
    """Read the model again."""
    automl = pickle.loads(job.model.read_bytes())
    if task == REGRESSION:
        return Loaded(automl.predict)
    return Loaded(automl.predict_proba, automl.classes_)
