"""The card: what a model says of itself, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from pliant.combine.choose import Choice
from pliant.combine.refit import Weighted
from pliant.metrics import Metric
from pliant.runtime.model import Card
from pliant.search.trial import Trial
from pliant.table.table import Table


def make_card(
    target: str,
    table: Table,
    metric: Metric,
    trials: Sequence[Trial],
    choice: Choice,
    members: Sequence[Weighted],
) -> Card:
    """Return the card of an ensemble."""
    weights = {t.number: w for t, w in zip(choice.trials, choice.weights, strict=True)}
    return Card(
        task=table.target.task,
        target=target,
        metric=metric.name,
        score=_rounded(metric.shown(choice.score)),
        leaderboard=[_row(t, metric, weights.get(t.number, 0.0)) for t in _ranked(trials)],
        members=[_member(m, trials) for m in members],
        facts={"pliant": package_version(), "rows": len(table), "format": 1},
    )


def _ranked(trials: Sequence[Trial]) -> list[Trial]:
    order = {"done": 0, "cut": 1, "dropped": 2, "failed": 3}
    return sorted(trials, key=lambda t: (order[t.status], -t.score, t.number))


def _row(trial: Trial, metric: Metric, weight: float) -> dict[str, Any]:
    shown = metric.shown(trial.score) if np.isfinite(trial.score) else None
    return {
        "trial": trial.number,
        "model": trial.candidate.name,
        "score": None if shown is None else _rounded(shown),
        "weight": round(weight, 4),
        "status": trial.status,
        "rows": trial.rows,
        "rounds": trial.rounds,
        "reason": trial.reason,
        "config": asdict(trial.candidate.config),
    }


def _member(member: Weighted, trials: Sequence[Trial]) -> dict[str, Any]:
    return {
        "trial": member.trial,
        "model": trials[member.trial].candidate.name,
        "weight": round(member.weight, 4),
        "refitted": member.refitted,
    }


def _rounded(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def package_version() -> str:
    """Return the version of the package, or "unknown" when it is not installed."""
    try:
        return version("pliant")
    except PackageNotFoundError:
        return "unknown"
