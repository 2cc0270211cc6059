"""The same trials in an Optuna study, which its dashboard shows.

optuna-dashboard runs/income/optuna.log
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pliant.artifact.container import MISFITS
from pliant.models.learner import Learner
from pliant.training.records import Trial

STUDY = "pliant"

PATIENCE = 1.0
"""Seconds after which a lock on the file is taken to be of a process that is gone."""


class Dashboard:
    """Writes trials to Optuna's journal storage; the study is made with the first of them.

    It is a second copy: what is damaged is written anew, and what cannot be written is left out
    until the journal is opened again. Whoever makes one holds the journal's lock. `learners` has
    those of the trials by name.
    """

    def __init__(self, path: Path, learners: Mapping[str, Learner]) -> None:
        self._path, self._learners = path, learners
        self._study: Any = None
        self._lost = ""

    @property
    def lost(self) -> str:
        """Why nothing is written any more, empty while it is."""
        return self._lost

    def catch_up(self, trials: Sequence[Trial]) -> None:
        """Add the trials that are missing: those written when the process was killed."""
        names = [trial.candidate.name for trial in trials]
        try:
            _Link(self._path).release()  # nobody else is at work
            known = self._known() if self._path.exists() else []
            if known is None or known != names[: len(known)]:
                self._path.unlink()
                self._study, known = None, []
        except OSError as error:
            self._lost = str(error.strerror or error)
            return
        for trial in trials[len(known) :]:
            self.add(trial)

    def add(self, trial: Trial) -> None:
        """Add a trial: complete, pruned or failed."""
        if self._lost:
            return
        import optuna

        state = {
            "done": optuna.trial.TrialState.COMPLETE,
            "failed": optuna.trial.TrialState.FAIL,
        }.get(trial.status, optuna.trial.TrialState.PRUNED)
        scores = [o.score for o in trial.outcomes if np.isfinite(o.score)]
        made = optuna.trial.create_trial(
            state=state,
            value=trial.score if trial.status == "done" else None,
            intermediate_values=dict(enumerate(scores)),
            user_attrs=_said(trial),
            **self._parameters(trial),
        )
        try:
            self._open().add_trial(made)
        except OSError as error:
            self._lost = str(error.strerror or error)

    def _known(self) -> list[str] | None:
        """Return the models of the trials that are there; None where the file is damaged."""
        import optuna

        try:
            for line in self._path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n") or not isinstance(json.loads(line), dict):
                    return None
            return [str(trial.user_attrs.get("model")) for trial in self._open().trials]
        except (optuna.exceptions.OptunaError, AssertionError, *MISFITS):
            return None

    def _open(self) -> Any:
        if self._study is None:
            import optuna
            from optuna.storages.journal import JournalFileBackend

            optuna.logging.set_verbosity(optuna.logging.ERROR)
            lock: Any = _Link(self._path)
            backend = JournalFileBackend(str(self._path), lock)
            storage = optuna.storages.JournalStorage(backend)
            self._study = optuna.create_study(
                study_name=STUDY, storage=storage, direction="maximize", load_if_exists=True
            )
        return self._study

    def _parameters(self, trial: Trial) -> dict[str, Any]:
        """Return the family and those values of the configuration that lie in its space."""
        from optuna.distributions import CategoricalDistribution

        from pliant.models.space import distributions, inside

        candidate = trial.candidate
        learner = self._learners[candidate.family]
        space, values = learner.space, learner.settings(candidate.config)
        known = {k: v for k, v in values.items() if inside(space[k], v)}
        every = distributions(space)
        return {
            "params": {"family": candidate.family}
            | {f"{candidate.family}.{k}": v for k, v in known.items()},
            "distributions": {"family": CategoricalDistribution(tuple(self._learners))}
            | {f"{candidate.family}.{k}": every[k] for k in known},
        }


class _Link:
    """Optuna's lock, a link beside the file, for its dashboard, which writes notes there.

    A process that was killed leaves it behind; then Optuna waits for half a minute, or for ever
    where the link leads nowhere. Here whoever writes holds the journal's lock already, and a write
    takes milliseconds: what stays longer is of no one.
    """

    def __init__(self, path: Path) -> None:
        self._file, self._link = path.name, path.with_name(f"{path.name}.lock")

    def acquire(self) -> bool:
        """Make the link; where there can be none, or another's stays, go without."""
        last = time.monotonic() + PATIENCE
        while time.monotonic() < last:
            try:
                os.symlink(self._file, self._link)
                break
            except FileExistsError:
                time.sleep(0.01)
            except OSError:
                break
        return True

    def release(self) -> None:
        """Remove the link."""
        with suppress(OSError):
            self._link.unlink(missing_ok=True)


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
