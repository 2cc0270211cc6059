"""Bayesian search: a tree-structured Parzen estimator a family."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pliant.features.block import View
from pliant.models.learner import Learner
from pliant.models.space import inside
from pliant.search.tpe import TPE
from pliant.training.records import Candidate, Trial

EXPLORED = 2
"""Families, the best ones so far, that are searched in turn."""


class Bayes:
    """Proposes configurations near those that did well, in the families that did best.

    Each family has a `TPE` of its own, which learns from trials of other strategies as well. What
    was proposed and not heard of yet is pending. It proposes `most` configurations; `unproven` of
    them where no trial has worked yet, so that there is none to be near to.
    """

    def __init__(
        self, families: Sequence[Learner], most: int, seed: int, unproven: int = 0
    ) -> None:
        self._families = {family.name: family for family in families if family.space}
        self._unproven = unproven
        self._seed = seed
        self._estimators: dict[str, TPE] = {}
        self._asked: dict[str, tuple[int, object]] = {}
        self._best: dict[str, float] = {}
        self._turn, self._most, self._told = 0, most, False
        self._by_view: dict[tuple[str, View], float] = {}

    def ask(self) -> Candidate | None:
        """Return a configuration of one of the best families; None after enough, and where no trial
        that is known gave a model. Before any is known, all families are as good.
        """
        ranked = sorted(self._best, key=lambda name: -self._best[name])[:EXPLORED]
        if not self._told or (not ranked and self._turn < self._unproven):
            ranked = list(self._families)
        if not ranked or self._turn >= self._most:
            return None
        name = ranked[self._turn % len(ranked)]
        self._turn += 1
        number, found = self._estimator(name).ask()
        config = self._families[name].configured(found)
        view = self._view_of(name)
        label = f"tpe {number}" + ("" if view == "plain" else f" {view}")
        candidate = Candidate(name, label, config, view)
        self._asked[candidate.name] = (number, config)
        return candidate

    def tell(self, trial: Trial) -> None:
        """Learn the score of a trial, minus infinity where it failed.

        One that was made cheaper to fit its time is learned as it was fitted.
        """
        self._told = True
        name, score = trial.candidate.family, trial.score
        if name not in self._families:
            return
        if trial.status == "done":
            self._best[name] = max(score, self._best.get(name, score))
            key = name, trial.candidate.view
            self._by_view[key] = max(score, self._by_view.get(key, score))
        number, config = self._asked.pop(trial.candidate.name, (None, None))
        if number is not None and config == trial.candidate.config:
            self._estimator(name).tell(number, score)
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

    def _view_of(self, name: str) -> View:
        """Return how a family is to see the table: its own way, or the one that helped others."""
        own = self._families[name].view
        return self._best_view() if own == "plain" else own

    def _estimator(self, name: str) -> TPE:
        if name not in self._estimators:
            self._estimators[name] = TPE(self._families[name].space, self._seed)
        return self._estimators[name]

    def _add(self, name: str, trial: Trial) -> None:
        space = self._families[name].space
        values = self._families[name].settings(trial.candidate.config)
        if len(values) == len(space) and all(inside(space[k], v) for k, v in values.items()):
            self._estimator(name).add(values, trial.score)
