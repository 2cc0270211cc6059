"""LightGBM with its defaults, through its scikit-learn interface; text columns as categories."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from benchmarks.common.protocol import REGRESSION, Job, Loaded, Table

if TYPE_CHECKING:
    import pandas as pd


def fit(table: Table, job: Job) -> None:
    """Train and save."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if table.task == REGRESSION else LGBMClassifier
    model = kind(random_state=job.seed, n_jobs=job.threads, verbose=-1)
    model.fit(as_categories(table.x), table.y)
    job.model.write_bytes(pickle.dumps(model))


def load(task: str, job: Job) -> Loaded:
    """Read the model again; it keeps the categories of its training table."""
    model = pickle.loads(job.model.read_bytes())
    if task == REGRESSION:
        return Loaded(lambda x: model.predict(as_categories(x)))
    return Loaded(lambda x: model.predict_proba(as_categories(x)), model.classes_)


def as_categories(x: pd.DataFrame) -> pd.DataFrame:
    """Make every column that is not numeric a category column."""
    return x.astype(dict.fromkeys(x.select_dtypes(exclude="number").columns, "category"))
