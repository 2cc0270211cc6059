"""What the runner, the worker and the systems agree on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
METRICS = {BINARY: "auc", MULTICLASS: "log_loss", REGRESSION: "rmse"}
HIGHER_IS_BETTER = {"auc"}


@dataclass(frozen=True)
class System:
    """Where a system lives: its requirements file, and the distribution whose version is noted."""

    environment: str
    distribution: str


SYSTEMS = {
    "pliant": System("pliant", "pliant"),
    "catboost": System("catboost", "catboost"),
    "lightgbm": System("lightgbm", "lightgbm"),
    "histgb": System("histgb", "scikit-learn"),
    "optuna_lightgbm": System("optuna_lightgbm", "optuna"),
    "flaml": System("flaml", "flaml"),
    "autogluon_medium": System("autogluon", "autogluon.tabular"),
    "autogluon_good": System("autogluon", "autogluon.tabular"),
    "h2o": System("h2o", "h2o"),
}


@dataclass(frozen=True)
class Job:
    """One run: a system on a data set with a budget in seconds and a seed."""

    system: str
    dataset: str
    budget: float
    seed: int
    threads: int
    data: str
    folder: str

    @property
    def key(self) -> tuple[str, str, float, int]:
        """What makes a run the same run."""
        return self.system, self.dataset, self.budget, self.seed

    @property
    def model(self) -> Path:
        """The file or folder that a system saves its model to; its size is measured."""
        return Path(self.folder) / "model"

    @property
    def scratch(self) -> Path:
        """Where a system may put what is not part of the model."""
        return Path(self.folder) / "scratch"


@dataclass(frozen=True)
class Table:
    """A training table: features and target in one frame."""

    frame: pd.DataFrame
    target: str
    task: str

    @property
    def x(self) -> pd.DataFrame:
        """The features, as they were read."""
        return self.frame.drop(columns=self.target)

    @property
    def y(self) -> pd.Series:
        """The target."""
        return self.frame[self.target]


@dataclass(frozen=True)
class Loaded:
    """A saved model that was read again.

    `predict` takes raw rows and gives probabilities (n, K), columns in the order of `classes`,
    or numbers (n,). `predict_row` takes one row as a dict, for systems that can.
    """

    predict: Callable[[pd.DataFrame], np.ndarray]
    classes: Sequence[Any] | None = None
    predict_row: Callable[[Mapping[str, Any]], Any] | None = None
