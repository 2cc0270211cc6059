"""The card: what a model says of itself, as plain data."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module, metadata
from typing import Any

import numpy as np

from pliant.ensemble.choose import Selection
from pliant.ensemble.refit import Weighted
from pliant.metrics import Metric
from pliant.models.registry import FAMILIES
from pliant.runtime.member import Member, Places
from pliant.runtime.model import Card
from pliant.training.experiment import Experiment
from pliant.training.records import Trial


@dataclass(frozen=True)
class Found:
    """What a fit found: its trials, the selection among them, the final members.

    `extended` says how members were trained on more rows than the search saw, where there are any.
    """

    trials: Sequence[Trial]
    selection: Selection
    members: Sequence[Weighted]
    extended: Mapping[str, Any] = field(default_factory=dict)


def make_card(target: str, experiment: Experiment, found: Found, asked: Mapping[str, Any]) -> Card:
    """Return the card of an ensemble; `asked` tells what the fit was given and allowed.

    It says of each member how it was made, so that it can be made again (`optimise.remade`).
    """
    selection, metric = found.selection, experiment.measure
    weights = {t.number: w for t, w in zip(selection.trials, selection.weights, strict=True)}
    ranked = _ranked(found.trials)
    answers, roles = experiment.table.target, experiment.table.roles
    return Card(
        task=answers.task,
        target=target,
        metric=metric.name,
        score=_rounded(metric.shown(selection.score)),
        leaderboard=[_row(t, metric, weights.get(t.number, 0.0)) for t in ranked],
        facts={
            "rows": len(experiment.table),
            "folds": len(experiment.splits),
            "seed": experiment.seed,
            "roles": list(roles.given),
            **({"monotone": dict(experiment.monotone)} if experiment.monotone else {}),
            **({"class_weight": list(roles.by_class.factors)} if roles.by_class else {}),
            **(
                {"task": f"{answers.task}, since the target holds {answers.why}"}
                if answers.why
                else {}
            ),
            **asked,
            "versions": _versions(selection),
            **found.extended,
        },
    )


def student_card(ensemble: Card, name: str, score: float) -> Card:
    """Return the card of a student: that of the ensemble, none of whose trials it has weight of."""
    facts = {**ensemble.facts, "optimised": name, "score of the ensemble": ensemble.score}
    rows = [{**row, "weight": 0.0} for row in ensemble.leaderboard]
    return replace(ensemble, score=_rounded(score), leaderboard=rows, facts=facts)


def member_of(weighted: Weighted, trial: Trial, places: Places, n_rows: int) -> Member:
    """Return what a model says of a member that comes of a trial; all rows are `n_rows`."""
    candidate = trial.candidate
    return Member(
        candidate.name,
        weighted.weight,
        places,
        candidate.family,
        asdict(candidate.config),
        candidate.view,
        trial.number,
        weighted.member.fitted.rounds,
        n_rows if weighted.refitted else trial.rows,
        weighted.refitted,
    )


def _versions(selection: Selection) -> dict[str, str]:
    """Return the versions of Python, of this package, and of what trained the members."""
    libraries = {FAMILIES[t.candidate.family].package.split(".")[0] for t in selection.trials}
    names = sorted(libraries | {"numpy", "pliant"})
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name: str) -> str:
    """Return the version of a package; one that trained elsewhere is not imported for that."""
    if name in sys.modules:
        return str(sys.modules[name].__version__)
    try:
        return metadata.version({"sklearn": "scikit-learn"}.get(name, name))
    except metadata.PackageNotFoundError:
        return str(import_module(name).__version__)


def _ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Return the best first, whatever became of them; those that failed have no score."""
    return sorted(trials, key=lambda t: t.merit, reverse=True)


def _row(trial: Trial, metric: Metric, weight: float) -> dict[str, Any]:
    shown = metric.shown(trial.score) if np.isfinite(trial.score) else None
    return {
        "trial": trial.number,
        "model": trial.candidate.name,
        "family": trial.candidate.family,
        "view": trial.candidate.view,
        "score": None if shown is None else _rounded(shown),
        "weight": round(weight, 4),
        "status": trial.status,
        "rows": trial.rows,
        "rounds": trial.rounds,
        "reason": trial.reason,
        "config": asdict(trial.candidate.config),
    }


def _rounded(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
