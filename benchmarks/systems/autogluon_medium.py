"""AutoGluon with the preset medium_quality."""

from __future__ import annotations

from protocol import Job, Table
from systems import autogluon
from systems.autogluon import load

__all__ = ["fit", "load"]


def fit(table: Table, job: Job) -> None:
    """Train and save."""
    autogluon.fit(table, job, "medium_quality")
