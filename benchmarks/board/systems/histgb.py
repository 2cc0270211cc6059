"""scikit-learn's HistGradientBoosting with its defaults; text columns as categories."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from benchmarks.common.protocol import REGRESSION, Job, Loaded, Table

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 255
Levels = dict[str, list[str]]


def fit(table: Table, job: Job) -> None:
    """Train and save, the levels of text columns beside the model."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    regression = table.task == REGRESSION
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    text = table.x.select_dtypes(exclude="number").columns
    levels = {c: sorted(table.x[c].dropna().unique().tolist()) for c in text}
    model = kind(categorical_features="from_dtype", random_state=job.seed)
    model.fit(_prepare(table.x, levels), table.y)
    job.model.write_bytes(pickle.dumps((levels, model)))


def load(task: str, job: Job) -> Loaded:
    """Read the model again."""
    levels, model = pickle.loads(job.model.read_bytes())
    if task == REGRESSION:
        return Loaded(lambda x: model.predict(_prepare(x, levels)))
    return Loaded(lambda x: model.predict_proba(_prepare(x, levels)), model.classes_)


def _prepare(x: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    """Make text columns categories, or their numbers where there are more than it can take."""
    import pandas as pd

    out = x.copy()
    for name, known in levels.items():
        column = pd.Categorical(x[name], categories=known)
        out[name] = column if len(known) <= MAX_CATEGORIES else column.codes
    return out
