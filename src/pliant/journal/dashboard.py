"""The same trials in an Optuna study, which its dashboard shows.

optuna-dashboard runs/income/optuna.log
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pliant.models.catalogue import FAMILIES
from pliant.search.trial import Trial

STUDY = "pliant"


class Dashboard:
    """Writes trials to Optuna's journal storage; the study is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._study: Any = None

    def catch_up(self, trials: Sequence[Trial]) -> None:
        """Add the trials that are missing: those written when the process was killed."""
        if trials:
            for trial in trials[len(self._open().trials) :]:
                self.add(trial)

    def add(self, trial: Trial) -> None:
        """Add a trial: complete, pruned or failed."""
        import optuna

        state = {
            "done": optuna.trial.TrialState.COMPLETE,
            "failed": optuna.trial.TrialState.FAIL,
        }.get(trial.status, optuna.trial.TrialState.PRUNED)
        scores = [o.score for o in trial.outcomes if np.isfinite(o.score)]
        self._open().add_trial(
            optuna.trial.create_trial(
                state=state,
                value=trial.score if trial.status == "done" else None,
                intermediate_values=dict(enumerate(scores)),
                user_attrs=_said(trial),
                **_parameters(trial),
            )
        )

    def _open(self) -> Any:
        if self._study is None:
            import optuna
            from optuna.storages.journal import JournalFileBackend

            optuna.logging.set_verbosity(optuna.logging.ERROR)
            storage = optuna.storages.JournalStorage(JournalFileBackend(str(self._path)))
            self._study = optuna.create_study(
                study_name=STUDY, storage=storage, direction="maximize", load_if_exists=True
            )
        return self._study


def _parameters(trial: Trial) -> dict[str, Any]:
    """Return the family and those values of the configuration that lie in its space."""
    from optuna.distributions import CategoricalDistribution

    from pliant.search.bayes import distributions, inside

    candidate = trial.candidate
    space = FAMILIES[candidate.family].space
    values = {k: v for k, v in asdict(candidate.config).items() if k in space}
    known = {k: v for k, v in values.items() if inside(space[k], v)}
    every = distributions(space)
    return {
        "params": {"family": candidate.family}
        | {f"{candidate.family}.{k}": v for k, v in known.items()},
        "distributions": {"family": CategoricalDistribution(tuple(FAMILIES))}
        | {f"{candidate.family}.{k}": every[k] for k in known},
    }


def _said(trial: Trial) -> dict[str, Any]:
    return {
        "model": trial.candidate.name,
        "status": trial.status,
        "rows": trial.rows,
        "rounds": trial.rounds,
        "seconds": round(trial.seconds, 3),
        "reason": trial.reason,
        "config": json.dumps(asdict(trial.candidate.config)),
    }
