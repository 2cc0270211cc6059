"""What the user asks of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pliant.core.config import Budget, Limits, Resources
from pliant.data.provenance import Provenance
from pliant.data.target import Task
from pliant.models.family import Family
from pliant.training.folds import Folds
from pliant.training.steering import Steering


@dataclass(frozen=True)
class FitSpec:
    """What the user asks for."""

    budget: Budget = field(default_factory=Budget)
    metric: str | None = None
    task: Task | None = None
    models: Sequence[str | Family] | None = None
    seed: int = 0
    resources: Resources = field(default_factory=Resources)
    journal: str | Path | None = None
    limits: Limits = field(default_factory=Limits)
    source: Provenance | None = None
    folds: Folds = field(default_factory=Folds)
    steering: Steering = field(default_factory=Steering)

    def facts(self) -> dict[str, Any]:
        """Return what the card tells of what was asked for."""
        data = {} if self.source is None else {"data": self.source.facts()}
        return {"budget": self.described(), **data}

    def described(self) -> str:
        """Return the budget and the limits as a person would say them."""
        return ", ".join(
            text for text in (self.budget.described(), self.limits.described()) if text
        )
