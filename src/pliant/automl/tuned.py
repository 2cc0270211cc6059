"""What tuning an estimator found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pliant.artifact import save_arrays
from pliant.core.errors import ConfigError
from pliant.runtime.arrays import ArrayModel


@dataclass(frozen=True)
class TunedTrial:
    """One configuration: its parameters, mean score, seconds, and why it failed, if it did.

    `status` is "done", "dropped" (the first fold was clearly worse), "cut" (time ran out before
    every fold was done) or "failed". The score of one that was not tried on every fold is what it
    likely is over all of them. Its fits had `rows` rows each.
    """

    params: Mapping[str, Any]
    score: float
    seconds: float
    status: str
    reason: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Tuned:
    """What `tune` found.

    `best_estimator_` is fitted on all rows with `best_params_`; `best_score_` is its mean
    score over the folds, greater is better; `trials_` are all trials in their order.
    """

    best_estimator_: Any
    best_params_: Mapping[str, Any]
    best_score_: float
    trials_: tuple[TunedTrial, ...]

    def predict(self, X: Any) -> Any:
        """Return the predictions of the best estimator."""
        return self.best_estimator_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the best estimator, where it has them."""
        return self.best_estimator_.predict_proba(X)

    def save(self, path: str | Path) -> None:
        """Write the best network to a file that `pliant.load` reads: data alone.

        Raises
        ------
        ConfigError
            When what was tuned is no network: an estimator is an object, which no file of ours
            holds.
        SaveError
            When the file cannot be written.
        """
        if not isinstance(self.best_estimator_, ArrayModel):
            raise ConfigError(
                f"expected a network to save, got {type(self.best_estimator_).__name__}: as "
                "pliant.sklearn.Learner among the models of a Classifier or Regressor it can "
                "leave in a model file"
            )
        save_arrays(self.best_estimator_, path)

    @property
    def leaderboard_(self) -> Any:
        """Every trial, the best first: its number, parameters, score, seconds, status and reason.

        A DataFrame where pandas is installed, else a list of dicts.
        """
        ranked = sorted(enumerate(self.trials_), key=lambda pair: -pair[1].score)
        rows = [
            {
                "trial": number,
                **trial.params,
                "score": trial.score,
                "seconds": round(trial.seconds, 3),
                "status": trial.status,
                "reason": trial.reason,
            }
            for number, trial in ranked
        ]
        if find_spec("pandas") is None:
            return rows
        import pandas as pd

        return pd.DataFrame(rows)
