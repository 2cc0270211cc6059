"""AutoGluon with the preset good_quality."""

from __future__ import annotations

from benchmarks.board.systems import autogluon
from benchmarks.board.systems.autogluon import load
from benchmarks.common.protocol import Job, Table

__all__ = ["fit", "load"]


def fit(table: Table, job: Job) -> None:
    """Train and save."""
    autogluon.fit(table, job, "good_quality")
