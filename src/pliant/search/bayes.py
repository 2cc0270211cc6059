"""Bayesian search: Optuna's tree-structured Parzen estimator, a study a family."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from pliant.features.block import View
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.models.space import distributions, inside, suggest
from pliant.training.records import Candidate, Trial

EXPLORED = 2
"""Families, the best ones so far, that are searched in turn."""


class Bayes:
    """Proposes configurations near those that did well, in the families that did best.

    TPE: Bergstra et al. (2011). Trials of other strategies are told to it as well. What it has
    proposed and not heard of yet is pending. It proposes `most` configurations.
    """

    def __init__(self, families: Sequence[str], most: int, seed: int) -> None:
        self._families = [name for name in families if FAMILIES[name].space]
        self._seed = seed
        self._studies: dict[str, Any] = {}
        self._asked: dict[str, tuple[Any, Any]] = {}
        self._best: dict[str, float] = {}
        self._turn, self._most = 0, most
        self._by_view: dict[tuple[str, View], float] = {}

    def ask(self) -> Candidate | None:
        """Return a configuration of one of the best families; None before any, and after enough."""
        ranked = sorted(self._best, key=lambda name: -self._best[name])[:EXPLORED]
        if not ranked or self._turn >= self._most:
            return None
        name = ranked[self._turn % len(ranked)]
        self._turn += 1
        family = FAMILIES[name]
        trial = self._study(name).ask()
        found = {key: suggest(trial, key, space) for key, space in family.space.items()}
        config = replace(default_config(family), **found)
        view = self._best_view() if family.view == "plain" else self._own_view(name)
        label = f"tpe {trial.number}" + ("" if view == "plain" else f" {view}")
        candidate = Candidate(name, label, config, view)
        self._asked[candidate.name] = (trial, config)
        return candidate

    def tell(self, trial: Trial) -> None:
        """Learn the score of a trial."""
        name = trial.candidate.family
        if name not in self._families or trial.status not in ("done", "dropped"):
            return
        if trial.status == "done":
            self._best[name] = max(trial.score, self._best.get(name, trial.score))
            key = name, trial.candidate.view
            self._by_view[key] = max(trial.score, self._by_view.get(key, trial.score))
        asked, config = self._asked.pop(trial.candidate.name, (None, None))
        if asked is not None and config == trial.candidate.config:
            self._study(name).tell(asked, trial.score)
        elif trial.status == "done":
            self._add(name, trial)

    def _best_view(self) -> View:
        """Return the view of the best score that a family did not reach without it, or "plain"."""
        plain = {name: score for (name, view), score in self._by_view.items() if view == "plain"}
        better = [
            (score, view)
            for (name, view), score in self._by_view.items()
            if view != "plain" and score > plain.get(name, math.inf)
        ]
        return max(better)[1] if better else "plain"

    def _own_view(self, name: str) -> View:
        """Return the view in which a family has been tried that has one of its own."""
        return next(view for family, view in self._by_view if family == name)

    def _study(self, name: str) -> Any:
        if name not in self._studies:
            import optuna

            optuna.logging.set_verbosity(optuna.logging.ERROR)
            sampler = _sampler(self._seed)
            self._studies[name] = optuna.create_study(direction="maximize", sampler=sampler)
        return self._studies[name]

    def _add(self, name: str, trial: Trial) -> None:
        import optuna

        space = FAMILIES[name].space
        values = {k: v for k, v in asdict(trial.candidate.config).items() if k in space}
        if not all(inside(space[k], v) for k, v in values.items()):
            return
        known = optuna.trial.create_trial(
            params=values, distributions=distributions(space), value=trial.score
        )
        self._study(name).add_trial(known)


def _sampler(seed: int) -> Any:
    """Return the estimator of a family. It sees the parameters together, and takes what is pending
    to do badly, so that proposals made before it is known lie apart (the "constant liar" of
    Ginsbourger et al., 2010). Optuna 5 does both by default, Optuna 4 neither, and calls them
    experimental.
    """
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=5, multivariate=True, constant_liar=True
        )
