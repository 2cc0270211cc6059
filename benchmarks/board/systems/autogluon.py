"""AutoGluon's TabularPredictor: a preset, a metric, a time limit."""

from __future__ import annotations

from benchmarks.common.protocol import BINARY, MULTICLASS, REGRESSION, Job, Loaded, Table

METRICS = {BINARY: "roc_auc", MULTICLASS: "log_loss", REGRESSION: "root_mean_squared_error"}


def fit(table: Table, job: Job, preset: str) -> None:
    """Train; save the clone that its documentation names for deployment."""
    from autogluon.tabular import TabularPredictor

    predictor = TabularPredictor(
        label=table.target,
        problem_type=table.task,
        eval_metric=METRICS[table.task],
        path=str(job.scratch),
        verbosity=1,
    )
    predictor.fit(
        table.frame, presets=preset, time_limit=job.budget, num_cpus=job.threads, num_gpus=0
    )
    predictor.clone_for_deployment(str(job.model))


def load(task: str, job: Job) -> Loaded:
    """Read the model again and keep it in memory, as its documentation advises for serving."""
    from autogluon.tabular import TabularPredictor

    predictor = TabularPredictor.load(str(job.model))
    predictor.persist()
    if task == REGRESSION:
        return Loaded(lambda x: predictor.predict(x).to_numpy())
    classes = predictor.class_labels
    return Loaded(lambda x: predictor.predict_proba(x)[classes].to_numpy(), classes)
