"""CatBoost with its defaults; text columns as categories. It knows no time limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.common.protocol import REGRESSION, Job, Loaded, Table

if TYPE_CHECKING:
    import pandas as pd
    from catboost import CatBoost


def fit(table: Table, job: Job) -> None:
    """Train and save."""
    x = _prepare(table.x)
    categories = x.select_dtypes(exclude="number").columns.tolist()
    model = _new(table.task, job)
    model.fit(x, table.y, cat_features=categories)
    model.save_model(str(job.model))


def load(task: str, job: Job) -> Loaded:
    """Read the model again."""
    model = _new(task, job)
    model.load_model(str(job.model))
    if task == REGRESSION:
        return Loaded(lambda x: model.predict(_prepare(x)))
    return Loaded(lambda x: model.predict_proba(_prepare(x)), model.classes_)


def _new(task: str, job: Job) -> CatBoost:
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if task == REGRESSION else CatBoostClassifier
    return kind(
        random_seed=job.seed, thread_count=job.threads, verbose=False, allow_writing_files=False
    )


def _prepare(x: pd.DataFrame) -> pd.DataFrame:
    """CatBoost takes no missing value in a category column."""
    text = x.select_dtypes(exclude="number").columns
    return x.assign(**{c: x[c].astype(object).fillna("missing").astype(str) for c in text})
